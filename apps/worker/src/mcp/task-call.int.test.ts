// Tools that are called as tasks: a real server, over streamable HTTP, whose tasks belong to its MCP sessions.

import type { Progress } from '@turnlog/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SessionOfCall, TaskOfCall } from '../ports/tool-host.ts';
import { callOf, configured, freePort, type HttpServerProcess, never, startEverything } from './fixtures/test-servers.ts';
import { createMcpToolHost } from './mcp-tool-host.ts';

let server: HttpServerProcess;
let url: string;
beforeAll(async () => {
  const port = await freePort();
  server = await startEverything('streamableHttp', port);
  url = `http://127.0.0.1:${port}/mcp`;
});
afterAll(() => server.stop());

const hostOf = () =>
  createMcpToolHost({ everything: configured({ type: 'http', url, headers: {}, scope: 'conversation', timeoutMs: 2_500 }) });
const research = (ambiguous = false) => callOf('everything', 'simulate-research-query', { topic: 'python', ambiguous });

const taskOf = (more: Partial<TaskOfCall> = {}) => {
  const started: string[] = [];
  const task: TaskOfCall = {
    support: 'required',
    started: async (taskId) => void started.push(taskId),
    isGivenUp: async () => false,
    ...more,
  };
  return { task, started };
};

/** The session of a conversation; remembers how it can be resumed. */
const sessionOf = (resume?: string) => {
  const known: { resume?: string } = {};
  const session: SessionOfCall = {
    id: 'session',
    ...(resume !== undefined && { resume }),
    opened: async ({ resume: how }) => {
      if (how !== undefined) known.resume = how;
    },
  };
  return { session, known };
};

it('is listed as what it is', async () => {
  const host = hostOf();
  const listing = await host.list(['everything'], never);
  await host.close();

  const tools = listing.type === 'listed' ? listing.tools : [];
  expect(tools.filter(({ taskSupport }) => taskSupport !== undefined)).toMatchObject([
    { name: 'simulate-research-query', taskSupport: 'required' },
  ]);
});

it('lasts longer than the timeout, and may ask in its middle', async () => {
  const host = hostOf();
  const { task, started } = taskOf();
  const elicit = async () => ({ action: 'accept' as const, content: { interpretation: 'snake' } });

  const said: unknown[] = [];
  const onProgress = ({ message }: Progress) => void said.push(message);

  const outcome = await host.call({ ...research(true), task, elicit, onProgress }, never);
  await host.close();

  expect(outcome).toMatchObject({ type: 'returned', result: { isError: false } });
  expect(JSON.stringify(outcome)).toContain('python (snake)');
  expect(started).toHaveLength(1);
  expect(said).toContain('Gathering sources...');
});

it('is gone on with by another host that resumes the session, and is lost without it', async () => {
  const [first, second] = [hostOf(), hostOf()];
  const stopping = new AbortController();
  const { session, known } = sessionOf();
  const started: string[] = [];
  const { task } = taskOf({
    started: async (taskId) => {
      started.push(taskId);
      stopping.abort();
    },
  });
  const begun = await first.call({ ...research(), session, task }, stopping.signal);
  expect(begun).toMatchObject({ type: 'unknown', failure: { kind: 'lost' } });
  await first.sessions.leave(session.id);

  const gone = await second.call({ ...research(), task: taskOf({ resume: started[0] }).task }, never);
  expect(gone).toMatchObject({ type: 'unknown', failure: { kind: 'session_lost' } });
  const resumed = { ...research(), session: sessionOf(known.resume).session, task: taskOf({ resume: started[0] }).task };
  expect(await second.call(resumed, never)).toMatchObject({ type: 'returned', result: { isError: false } });
  await Promise.all([first.close(), second.close()]);
});

it('is cancelled when it was given up', async () => {
  const host = hostOf();
  const stopping = new AbortController();
  const { session } = sessionOf();
  const ids: string[] = [];
  const started = async (taskId: string) => {
    ids.push(taskId);
    stopping.abort();
  };
  await host.call({ ...research(), session, task: taskOf({ started, isGivenUp: async () => true }).task }, stopping.signal);

  const { task } = taskOf({ resume: ids[0] });
  const outcome = await host.call({ ...research(), session, task }, never);
  await host.close();

  expect(outcome).toMatchObject({ type: 'returned', result: { isError: true } });
});
