// Many conversations through one worker, with a server process for each or with pooled servers: what they had is gone when they
// are done. Through the real API, queue and worker.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiClient, createApiClient, poll } from './support/api-client.ts';
import { backends } from './support/backends.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';
import { descendantsOf, residentBytes, survivorsOf } from './support/processes.ts';
import type { TurnlogProcess } from './support/turnlog-process.ts';

/** The scale-out backend where there is one. */
const [backend] = backends().slice(-1);
const maxSessions = 8;
const inFlight = 8;
const collector = pathToFileURL(join(import.meta.dirname, 'support/collect-on-signal.mjs')).href;
const serverFile = join(import.meta.dirname, '../apps/worker/src/mcp/fixtures/light-server.mjs');

let engine: EngineUnderTest;
let worker: TurnlogProcess;
let api: ApiClient;
let direct: Pool;

const start = async (server: Record<string, unknown>): Promise<void> => {
  const calls = [{ name: 'count' }];
  engine = await createEngineUnderTest({
    env: { ...backend?.env(), NODE_OPTIONS: `--import ${collector}` },
    scripts: {
      'count twice': [{ calls }, { calls }, { content: 'Counted.' }],
      'count once': [{ calls }, { content: 'Counted.' }],
    },
  });
  direct = new Pool({ connectionString: engine.databaseUrl, max: 1 });
  await engine.workspace.writeConfig({
    mcpServers: { light: { command: process.execPath, args: [serverFile], ...server } },
    models: { scripted: { baseUrl: engine.model.baseUrl, model: 'qwen3' } },
  });
  const [server1, worker1] = await Promise.all([engine.startApi(), engine.startWorker()]);
  [worker, api] = [worker1, createApiClient(server1)];
};

const numberOf = async (text: string): Promise<number> =>
  (await direct.query(`SELECT count(*)::int AS n FROM ${text}`)).rows[0].n;

/** Holds conversations until so many are done, a few at a time. */
const holdUntil = async (total: number, input: string): Promise<void> => {
  for (let done = await numberOf('conversations'); done < total; done += inFlight) {
    await Promise.all(Array.from({ length: Math.min(inFlight, total - done) }, () => api.create({ input })));
    await poll(
      () => numberOf(`conversations WHERE phase = 'running'`),
      (running) => running === 0,
    );
  }
};

const collectGarbage = async (): Promise<void> => {
  const said = worker.output().length;
  worker.child.kill('SIGUSR2');
  await poll(
    async () => worker.output().slice(said),
    (text) => text.includes('garbage collected'),
  );
};

/**
 * Memory of the worker once its garbage is collected and the pages of it are given back, which V8 does beside the program: 50 MB
 * were seen to go a second later. Asked until five collections in a row have brought nothing more.
 */
const keptBytes = async (): Promise<number> => {
  let least = Number.POSITIVE_INFINITY;
  for (let inVain = 0; inVain < 5; ) {
    await collectGarbage();
    const now = residentBytes(worker.child.pid);
    inVain = now < least ? 0 : inVain + 1;
    least = Math.min(least, now);
  }
  return least;
};

const results = async (): Promise<Record<string, number>> => {
  const { rows } = await direct.query(
    `SELECT data->'result'->'content'->0->>'text' AS text, count(*)::int AS n FROM events WHERE type = 'ToolReturned' GROUP BY 1`,
  );
  return Object.fromEntries(rows.map(({ text, n }) => [text, n]));
};

/** Ends the worker: nothing that it started is left. */
const endWorker = async (): Promise<void> => {
  const children = descendantsOf(worker.child.pid);
  expect(children.length).toBeGreaterThan(0);
  expect(await worker.end('SIGTERM')).toBe(0);
  await poll(
    async () => survivorsOf(children),
    (alive) => alive.length === 0,
  );
};

beforeEach(() => {
  expect(backend).toBeDefined();
});
afterEach(async () => {
  await direct.end();
  await engine.end();
});

describe('a worker', { timeout: 300_000 }, () => {
  it('keeps neither a process nor memory of 300 conversations that each had a server of their own', async () => {
    await start({ scope: 'conversation', maxSessions });
    await holdUntil(100, 'count twice');
    const after100 = await keptBytes();
    await holdUntil(300, 'count twice');
    expect(await keptBytes()).toBeLessThanOrEqual(1.2 * after100);

    expect(await results()).toEqual({ 1: 300, 2: 300 });
    expect(await numberOf(`events WHERE type = 'McpSessionOpened'`)).toBe(300);
    const held = await numberOf('mcp_sessions');
    expect(held).toBeLessThanOrEqual(maxSessions);
    // A guard and a server each, and those by which tools are listed.
    expect(descendantsOf(worker.child.pid)).toHaveLength(2 * (held + 1));
    await endWorker();
    expect(await numberOf('mcp_sessions')).toBe(0);
  });

  it('keeps neither a process nor memory of 1,000 conversations that shared a server', async () => {
    await start({});
    await holdUntil(100, 'count once');
    const after100 = await keptBytes();
    await holdUntil(1_000, 'count once');
    expect(await keptBytes()).toBeLessThanOrEqual(1.2 * after100);

    expect(Object.keys(await results())).toHaveLength(1_000);
    expect(descendantsOf(worker.child.pid)).toHaveLength(2);
    await endWorker();
  });
});
