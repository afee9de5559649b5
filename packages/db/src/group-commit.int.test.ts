import { execFile, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, type Database } from './create-database.ts';
import { createTestDatabase, dropTemplate, openTcpProxy, type TcpProxy, type TestDatabase } from './testing/index.ts';
import type { Told } from './testing/racing-writer.ts';
import { anAppend, commentsOf } from './testing/store-contract.ts';

let database: TestDatabase;
let proxy: TcpProxy;
let direct: Client;
let engine: Database;
let complaints: number;

beforeEach(async () => {
  database = await createTestDatabase();
  proxy = await openTcpProxy(database.url);
  direct = new Client({ connectionString: database.url });
  await direct.connect();
  complaints = 0;
  const onUnavailable = () => {
    complaints += 1;
  };
  engine = createDatabase(proxy.url, { unavailableMs: 15_000, onUnavailable });
});
afterEach(async () => {
  await engine.close();
  await direct.end();
  await proxy.close();
  await database.drop();
});
afterAll(dropTemplate);

/** Waits for what the database must come to. */
const until = async (text: string, values: unknown[]): Promise<void> => {
  for (const end = Date.now() + 10_000; Date.now() < end; await delay(5)) if ((await direct.query(text, values)).rowCount) return;
  throw new Error(`Never came true: ${text}`);
};

const storedOf = async (id: string): Promise<string[]> => {
  const { rows } = await direct.query('SELECT data FROM events WHERE conversation_id = $1 ORDER BY version', [id]);
  return rows.map(({ data }) => data.comment);
};

describe('group commit when the connection breaks', () => {
  it('writes again what a killed backend had not committed', async () => {
    const id = randomUUID();
    await engine.store.append(anAppend(id, 0, ['a']));
    await direct.query('BEGIN');
    await direct.query('SELECT FROM conversations WHERE id = $1 FOR UPDATE', [id]);
    const append = engine.store.append(anAppend(id, 1, ['b', 'c']));
    const waits =
      "FROM pg_stat_activity WHERE application_name = 'turnlog append' AND datname = current_database() AND wait_event_type = 'Lock'";
    await until(`SELECT ${waits}`, []);
    await direct.query(`SELECT pg_terminate_backend(pid) ${waits}`);
    await direct.query('COMMIT');
    expect(await append).toEqual({ type: 'appended', version: 3 });
    expect(await storedOf(id)).toEqual(['a', 'b', 'c']);
    expect(complaints).toBeGreaterThan(0);
  });

  it('finds what was committed though the answer never came', async () => {
    const [id, other] = [randomUUID(), randomUUID()];
    await engine.store.append(anAppend(id, 0, ['a']));
    proxy.swallowAnswers();
    const chain = Promise.all([
      engine.store.append(anAppend(id, 1, ['b'])),
      engine.store.append(anAppend(id, 2, ['c', 'd'])),
      engine.store.append(anAppend(other, 0, ['x'])),
      engine.store.append(anAppend(id, 1, ['loser'])),
    ]);
    await until('SELECT FROM events WHERE conversation_id = $1 AND version = 4', [id]);
    await proxy.goAway();
    await proxy.comeBack();
    expect(await chain).toEqual([
      { type: 'appended', version: 2 },
      { type: 'appended', version: 4 },
      { type: 'appended', version: 1 },
      { type: 'conflict', actual: 4 },
    ]);
    expect(await storedOf(id)).toEqual(['a', 'b', 'c', 'd']);
    expect(await storedOf(other)).toEqual(['x']);
  });

  it('waits for a Postgres that is away: nothing is lost, nothing is doubled', async () => {
    const ids = Array.from({ length: 30 }, randomUUID);
    const writers = ids.map(async (id) => {
      for (let version = 0; version < 20; version += 1) {
        expect(await engine.store.append(anAppend(id, version, [`${version}`]))).toEqual({
          type: 'appended',
          version: version + 1,
        });
      }
    });
    for (const pause of [5, 40, 1_000]) {
      await delay(20);
      await proxy.goAway();
      await delay(pause);
      await proxy.comeBack();
    }
    await Promise.all(writers);
    for (const id of ids) expect(await storedOf(id)).toEqual(Array.from({ length: 20 }, (_, version) => `${version}`));
    expect(complaints).toBeGreaterThan(0);
  });

  it('says that the store is unavailable when Postgres stays away', async () => {
    await proxy.goAway();
    const impatient = createDatabase(proxy.url, { unavailableMs: 300, onUnavailable: () => undefined });
    const appends = [0, 1].map(() => impatient.store.append(anAppend(randomUUID(), 0, ['a'])));
    for (const result of await Promise.allSettled(appends)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { name: 'StoreUnavailable' } });
    }
    await impatient.close();
  });
});

const root = fileURLToPath(new URL('../../../', import.meta.url));
const racingWriter = fileURLToPath(new URL('../dist/testing/racing-writer.js', import.meta.url));

const race = async (writer: number, conversations: readonly string[]): Promise<Told[]> => {
  // Not the test runner's own flags: a built process reads built packages.
  const child = fork(racingWriter, [database.url, String(writer), '600', ...conversations], { execArgv: [], env: {} });
  const died = once(child, 'exit').then(([code]) => Promise.reject(new Error(`A writer ended with ${code}.`)));
  const [told] = await Promise.race([once(child, 'message'), died]);
  return told;
};

describe('group commit in several processes', () => {
  it('loses nothing, stores nothing in part and nothing that was refused, and leaves no gap', async () => {
    // Processes of their own need JavaScript; type errors are the type check's to report.
    await promisify(execFile)(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-b', 'packages/db'], {
      cwd: root,
    }).catch(() => undefined);
    const conversations = Array.from({ length: 12 }, randomUUID);
    const told = (await Promise.all([1, 2, 3].map((writer) => race(writer, conversations)))).flat();
    expect(told).toHaveLength(1_800);
    const appended = told.filter(({ result }) => result.type === 'appended');
    expect(appended.length).toBeGreaterThan(100);
    expect(told.length - appended.length).toBeGreaterThan(100);

    for (const id of conversations) {
      const stored = await engine.store.read(id);
      expect(stored.map(({ version }) => version)).toEqual(stored.map((_, index) => index + 1));
      const expected = appended
        .filter(({ conversationId }) => conversationId === id)
        .flatMap(({ commandId, events, result }) => {
          const last = result.type === 'appended' ? result.version : 0;
          return Array.from({ length: events }, (_, index) => ({ version: last - events + 1 + index, commandId }));
        })
        .sort((a, b) => a.version - b.version);
      expect((await commentsOf(engine.store, id)).map((commandId, index) => ({ version: index + 1, commandId }))).toEqual(
        expected,
      );
      const { rows } = await direct.query(
        'SELECT c.version, w.attempt FROM conversations c JOIN open_work w ON conversation_id = id WHERE id = $1',
        [id],
      );
      const lastAppend = Math.max(
        ...expected
          .filter(({ version }, index) => expected[index - 1]?.commandId !== expected[index]?.commandId || version === 1)
          .map(({ version }) => version),
      );
      expect(rows).toEqual([{ version: stored.length, attempt: lastAppend }]);
    }
  });
});
