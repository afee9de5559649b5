import { it } from 'vitest';
import { postgresUnderTest, redisUnderTest } from './testing/backend-under-test.ts';
import { jobQueueContract } from './testing/job-queue-contract.ts';

const { TURNLOG_TEST_DATABASE_URL: postgresUrl, TURNLOG_TEST_REDIS_URL: redisUrl } = process.env;

for (const [kind, variable, open] of [
  ['postgres', 'TURNLOG_TEST_DATABASE_URL', postgresUrl === undefined ? undefined : () => postgresUnderTest(postgresUrl)],
  ['redis', 'TURNLOG_TEST_REDIS_URL', redisUrl === undefined ? undefined : () => redisUnderTest(redisUrl)],
] as const) {
  if (open === undefined) {
    console.warn(`SKIPPED: the job queue on ${kind}; ${variable} is not set`);
    it.skip(`the job queue on ${kind} keeps its contract`);
  } else {
    jobQueueContract(kind, open);
  }
}
