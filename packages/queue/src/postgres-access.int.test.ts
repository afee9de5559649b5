import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createJobQueue } from './create-job-queue.ts';
import { producerPostgres } from './postgres-access.ts';
import { prepareQueue } from './prepare-queue.ts';
import { APPLICATION_NAME } from './queue-settings.ts';
import { startJobConsumer } from './start-job-consumer.ts';
import { createDatabase, withClient } from './testing/backend-under-test.ts';

const { TURNLOG_TEST_DATABASE_URL: url } = process.env;
if (url === undefined) console.warn('SKIPPED: the queue on Postgres; TURNLOG_TEST_DATABASE_URL is not set');

const newJob = () => ({ conversationId: randomUUID(), step: 1, attempt: 1 });

describe.skipIf(url === undefined)('the queue on Postgres', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  beforeAll(async () => {
    database = await createDatabase(url ?? '');
    // Eight starters at once, as when a whole deployment boots.
    await Promise.all(Array.from({ length: 8 }, () => prepareQueue(backend())));
  });
  afterAll(() => database.drop());

  const backend = () => ({ kind: 'postgres', url: database.url }) as const;

  it('is prepared once by eight starters at once', async () => {
    const { rows } = await withClient(database.url, (client) =>
      client.query('SELECT count(*) = max(version) AS whole FROM bullmq.migration'),
    );
    expect(rows).toEqual([{ whole: true }]);
  });

  it('once prepared, can be prepared by a role that may not create schemas', async () => {
    const role = `turnlog_queue_${randomUUID().slice(0, 8)}`;
    await withClient(database.url, async (client) => {
      await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'restricted'`);
      await client.query(`GRANT USAGE ON SCHEMA bullmq TO ${role}`);
      await client.query(`GRANT SELECT ON ALL TABLES IN SCHEMA bullmq TO ${role}`);
    });
    const restricted = new URL(database.url);
    restricted.username = role;
    restricted.password = 'restricted';
    await prepareQueue({ kind: 'postgres', url: restricted.href });
    await withClient(database.url, (client) => client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`));
  });

  it.each(['', '?options=-c%20statement_timeout%3D9s'])('commits asynchronously on its own connections (%s)', async (suffix) => {
    const url = database.url + suffix;
    const client = new Client(producerPostgres(url));
    await client.connect();
    const { rows } = await client.query("SELECT current_setting('synchronous_commit') AS commit");
    await client.end();
    expect(rows).toEqual([{ commit: 'off' }]);

    const queue = createJobQueue({ kind: 'postgres', url }, { name: 'settings' });
    expect(await queue.countJobs()).toEqual({ waiting: 0, active: 0 });
    await queue.close();
  });

  it('hears of a new job at once after every connection was terminated', async () => {
    const name = `terminated-${randomUUID()}`;
    const performedAt: number[] = [];
    const queue = createJobQueue(backend(), { name, onError: () => undefined });
    const consumer = startJobConsumer(backend(), async () => void performedAt.push(performance.now()), {
      concurrency: 2,
      name,
      onError: () => undefined,
    });
    try {
      await queue.add([newJob()]);
      await vi.waitFor(() => expect(performedAt).toHaveLength(1));
      for (const terminations of [1, 2, 3]) {
        await withClient(database.url, (client) =>
          client.query(
            'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()',
            [APPLICATION_NAME],
          ),
        );
        await vi.waitFor(() => queue.add([newJob()]), 5_000);
        await vi.waitFor(() => expect(performedAt).toHaveLength(1 + terminations), 5_000);
      }
      // The one-second poll cannot be what finds all of these.
      for (let i = 0; i < 10; i += 1) {
        const seen = performedAt.length;
        const addedAt = performance.now();
        await queue.add([newJob()]);
        await vi.waitFor(() => expect(performedAt).toHaveLength(seen + 1), { interval: 5 });
        expect((performedAt.at(-1) ?? 0) - addedAt).toBeLessThan(300);
      }
    } finally {
      await Promise.all([consumer.stop(0), queue.close()]);
    }
  });
});
