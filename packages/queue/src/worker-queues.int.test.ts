import { it } from 'vitest';
import { postgresUnderTest, redisUnderTest } from './testing/backend-under-test.ts';
import { workerQueuesContract } from './testing/worker-queues-contract.ts';

const { TURNLOG_TEST_DATABASE_URL: postgresUrl, TURNLOG_TEST_REDIS_URL: redisUrl } = process.env;

for (const [kind, variable, open] of [
  ['postgres', 'TURNLOG_TEST_DATABASE_URL', postgresUrl === undefined ? undefined : () => postgresUnderTest(postgresUrl)],
  ['redis', 'TURNLOG_TEST_REDIS_URL', redisUrl === undefined ? undefined : () => redisUnderTest(redisUrl)],
] as const) {
  if (open === undefined) {
    console.warn(`SKIPPED: the queues of single workers on ${kind}; ${variable} is not set`);
    it.skip(`the queues of single workers on ${kind} keep their contract`);
  } else {
    workerQueuesContract(kind, open);
  }
}
