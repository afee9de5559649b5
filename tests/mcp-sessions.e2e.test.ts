// A browser for each conversation, over many jobs and three workers; then one worker is killed. Its conversations lose their
// browsers, are told so and go on; the others notice nothing. TURNLOG_TEST_BROWSERS says how many conversations there are.

import type { ConversationEvent, Recorded } from '@turnlog/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiClient, checkConversation, createApiClient, isIdle, poll } from './support/api-client.ts';
import { backends } from './support/backends.ts';
import { browserArguments, findChromium } from './support/chromium.ts';
import { countedIn, countOnPage, startCountingPage } from './support/counting-page.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';
import { peerProgram } from './support/peers.ts';
import { descendantsOf, survivorsOf } from './support/processes.ts';
import type { ScriptedAnswer } from './support/scripted-model.ts';

const conversations = Number(process.env.TURNLOG_TEST_BROWSERS ?? 6);
/** Browsers are heavy: more of them on the same machine take longer. */
const patienceMs = 40_000 * Math.max(3, conversations);
const chromium = findChromium();
const program = peerProgram('@playwright/mcp');
const canBrowse = program !== undefined && chromium !== undefined;

/** The scale-out backend where there is one: several workers are its use. */
const [backend] = backends().slice(-1);

const call = (name: string, args: Record<string, unknown>): ScriptedAnswer => ({ calls: [{ name, arguments: args }] });
const count = (ms?: number) => call('browser_evaluate', { function: countOnPage(ms) });

describe.runIf(canBrowse)('a browser for each conversation', { timeout: 60_000 + 2 * patienceMs }, () => {
  let engine: EngineUnderTest;
  let page: Awaited<ReturnType<typeof startCountingPage>>;
  let api: ApiClient;

  beforeEach(async () => {
    page = await startCountingPage();
    const open = call('browser_navigate', { url: page.url });
    engine = await createEngineUnderTest({
      env: backend?.env() ?? {},
      scripts: {
        'count to five': [open, count(), count(), count(), count(), count(), { content: 'Five.' }],
        'count on': [...Array(7).fill({ content: '' }), count(3_000), count(), open, count(), count(), { content: 'On.' }],
      },
    });
    await engine.workspace.writeConfig({
      mcpServers: {
        browser: {
          command: process.execPath,
          args: [String(program), ...browserArguments(String(chromium))],
          scope: 'conversation',
          onUnknownOutcome: 'tell',
          maxSessions: conversations,
          // Twenty browsers that start at the same moment take two cores from a worker for longer than its lease.
          maxConcurrency: 2,
        },
      },
      models: { scripted: { baseUrl: engine.model.baseUrl, model: 'qwen3' } },
    });
  });
  afterEach(async () => {
    await engine.end();
    await page.stop();
  });

  const ofType = (events: readonly Recorded<ConversationEvent>[], type: string) =>
    events.filter((event) => event.type === type).map(({ data }) => data as Record<string, unknown>);
  const counts = async (id: string) =>
    (await api.view(id)).messages.flatMap(({ role, content }) => (role === 'tool' ? (countedIn(String(content)) ?? []) : []));
  /** The worker that made the last call of a tool. */
  const workerOf = async (id: string) =>
    String(ofType(await api.events(id), 'AttemptStarted').findLast(({ effectId }) => effectId !== undefined)?.worker);

  it(`stays with it through its calls, and only those of a killed worker are lost (${conversations} at once)`, async () => {
    const [server, ...workers] = await Promise.all([
      engine.startApi(),
      engine.startWorker(),
      engine.startWorker(),
      engine.startWorker(),
    ]);
    api = createApiClient(server);
    const created = await Promise.all(Array.from({ length: conversations }, () => api.create({ input: 'count to five' })));
    const ids = created.map(({ id }) => id);
    await Promise.all(ids.map((id) => api.until(id, isIdle, patienceMs)));
    for (const id of ids) {
      expect(await counts(id)).toEqual([1, 2, 3, 4, 5]);
      expect(ofType(await api.events(id), 'McpSessionOpened')).toHaveLength(1);
    }

    const holders = new Map(await Promise.all(ids.map(async (id) => [id, await workerOf(id)] as const)));
    const held = (pid: number | undefined) => ids.filter((id) => holders.get(id)?.includes(`-${pid}-`));
    const victim = [...workers].sort((a, b) => held(b.child.pid).length - held(a.child.pid).length)[0];
    const doomed = held(victim?.child.pid);
    expect(doomed.length).toBeGreaterThan(0);
    await Promise.all(ids.map((id) => api.post(`/conversations/${id}/turns`, { input: 'count on' })));
    await Promise.all(
      doomed.map((id) =>
        api.untilEvent(id, ({ type, data }) => type === 'AttemptStarted' && Number((data as { step: number }).step) === 15),
      ),
    );
    const orphans = descendantsOf(victim?.child.pid);
    await victim?.end('SIGKILL');
    await poll(
      async () => survivorsOf(orphans),
      (alive) => alive.length === 0,
      30_000,
      'the end of its browsers',
    );
    await Promise.all(ids.map((id) => api.until(id, isIdle, patienceMs)));

    for (const id of ids) {
      const events = await api.events(id);
      const [first] = ofType(events, 'McpSessionOpened');
      const isDoomed = doomed.includes(id);
      const lost = isDoomed ? [{ server: 'browser', cause: 'worker_lost', sessionId: first?.sessionId }] : [];
      expect([id, ofType(events, 'McpSessionLost')]).toEqual([id, lost]);
      expect(ofType(events, 'McpSessionOpened')).toHaveLength(isDoomed ? 2 : 1);
      const { messages } = await api.view(id);
      expect(
        messages.filter(({ content }) => String(content).startsWith('[The session with the server browser was lost')),
      ).toHaveLength(lost.length);
      expect(messages.at(-1)?.content).toBe('On.');
      expect((await counts(id)).slice(5)).toEqual(isDoomed ? [Number.NaN, 1, 2] : [6, 7, 1, 2]);
      await checkConversation(api, id);
    }
    const living = workers.filter((worker) => worker !== victim);
    const browsers = living.flatMap(({ child }) => descendantsOf(child.pid));
    expect(browsers.length).toBeGreaterThan(0);
    expect(await Promise.all(living.map((worker) => worker.end('SIGTERM')))).toEqual([0, 0]);
    await poll(
      async () => survivorsOf(browsers),
      (alive) => alive.length === 0,
      30_000,
      'the end of the other browsers',
    );
  });
});
