import { createHash, randomUUID } from 'node:crypto';
import {
  type BatchItem,
  type BatchRequest,
  type BulkLedger,
  createEngine,
  createInMemoryBulkLedger,
  createInMemoryConversationList,
  createInMemoryEventStore,
  defaultLimits,
} from '@turnlog/core';
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { never, sha256, tool } from '../testing/worker-story.ts';
import { sliceMs } from './bulk-hold.ts';
import { createBatchPerformer } from './perform-batch.ts';
import { createBulkPerformer, createBulkReconciler } from './start-bulk-work.ts';

const settings = (name: string) => ({
  settings: {
    name,
    model: name,
    params: {},
    profile: {
      sendReasoning: 'none' as const,
      sendReasoningOf: 'turn' as const,
      emptyContent: 'empty' as const,
      streamUsage: true,
      splitThink: true,
    },
    price: { input: 1_000_000, output: 1_000_000 },
  },
  limits: defaultLimits,
});
const aRequest = (changed: Partial<BatchRequest> = {}): BatchRequest => ({
  prompts: [{ input: 'one', expected: 'ONE' }, { input: 'two' }],
  samples: 2,
  models: [settings('a'), settings('b')],
  servers: [],
  tags: ['mine'],
  metadata: {},
  graders: [{ type: 'regex', pattern: '^one', flags: 'i' }],
  concurrency: 3,
  ...changed,
});

const createStory = () => {
  const store = createInMemoryEventStore();
  const list = createInMemoryConversationList(store);
  const now = () => new Date().toISOString();
  const engine = createEngine({ store, now, sha256, dispatch: async () => {}, announce: () => {} });
  const bulk = createInMemoryBulkLedger(now);
  const id = randomUUID();
  let passed = 0;
  const perform = createBatchPerformer({
    engine,
    list,
    feed: { subscribeToVersions: () => () => {} },
    conversationIdOf: (name) =>
      createHash('sha256')
        .update(name)
        .digest('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5'),
    // Every look at the clock ends a slice: one pass each.
    elapsedMs: () => {
      passed += sliceMs + 1;
      return passed;
    },
    log: pino({ level: 'silent' }),
  });
  const queue = { add: async () => {}, close: async () => {} };
  const dependencies = (ledger: BulkLedger = bulk) => ({
    workerId: 'w1',
    bulk: ledger,
    queue,
    performers: { batch: perform },
    consume: () => ({ stop: async () => {} }),
    newClaim: randomUUID,
    log: pino({ level: 'silent' }),
  });
  const pass = (ledger?: BulkLedger) => createBulkPerformer(dependencies(ledger), new Set())(id, never);
  const conversations = async () => (await list.list({}, { limit: 200 })).items;
  const found = async () => {
    const work = await bulk.find('batch', id);
    if (work === undefined) throw new Error('There is no batch.');
    return work;
  };
  /** Answers every open model step. */
  const answerAll = async (words: (input: string, model: string) => string) => {
    for (const { id: conversationId, title, model, phase } of await conversations()) {
      const step = (await engine.load(conversationId)).turn?.steps.find((open) => open.phase === 'due');
      if (phase !== 'running' || step === undefined) continue;
      const attempt = { step: step.step, attempt: step.attempt, claim: randomUUID() };
      const tell = (command: Parameters<typeof engine.handle>[0]) =>
        engine.handle(command, { conversationId, commandId: randomUUID() });
      await tell({ type: 'StartAttempt', worker: 'w1', ...attempt });
      await tell({
        type: 'RecordModelAnswer',
        ...attempt,
        answer: {
          message: { content: words(title, model), toolCalls: [] },
          finishReason: 'stop',
          usage: { promptTokens: 6, completionTokens: 4 },
        },
      });
    }
  };
  return {
    id,
    engine,
    store,
    bulk,
    pass,
    found,
    answerAll,
    conversations,
    dependencies,
    create: (request: BatchRequest) => bulk.create({ id, kind: 'batch', about: {}, request, fingerprint: 'f' }),
    items: async () => (await bulk.items(id, { limit: 200 })).map(({ result }) => result as BatchItem),
  };
};

let story: ReturnType<typeof createStory>;
beforeEach(() => {
  story = createStory();
});

/** Passes and answers until the batch is in this phase. */
const until = async (phase: string, words = (input: string, model: string) => `${input} by ${model}`) => {
  for (let round = 0; round < 20; round++) {
    await story.pass();
    if ((await story.found()).phase === phase) return;
    await story.answerAll(words);
  }
  throw new Error(`It is ${(await story.found()).phase}, never ${phase}.`);
};

describe('a batch', () => {
  it('holds every prompt with every model as often as asked, never more at once than allowed', async () => {
    await story.create(aRequest());
    await story.pass();
    expect(await story.conversations()).toHaveLength(3);
    await story.pass();
    expect(await story.conversations()).toHaveLength(3);
    await until('completed');
    const items = await story.items();
    expect(items.map(({ prompt, model, sample, outcome }) => [prompt, model, sample, outcome])).toEqual([
      [0, 'a', 0, 'completed'],
      [0, 'a', 1, 'completed'],
      [0, 'b', 0, 'completed'],
      [0, 'b', 1, 'completed'],
      [1, 'a', 0, 'completed'],
      [1, 'a', 1, 'completed'],
      [1, 'b', 0, 'completed'],
      [1, 'b', 1, 'completed'],
    ]);
    expect(await story.conversations()).toHaveLength(8);
    expect((await story.found()).progress).toMatchObject({
      open: [],
      totals: { outcomes: { completed: 8 }, promptTokens: 48, cost: 80, rewards: { regex: { graded: 8, sum: 4 } } },
    });
  });

  it('makes samples of one prompt a family that shares its first version, tagged with the batch', async () => {
    await story.create(aRequest());
    await until('completed');
    const items = await story.items();
    const ofFirst = items.filter(({ prompt }) => prompt === 0).map(({ conversation }) => conversation);
    for (const id of ofFirst.slice(1)) {
      const state = await story.engine.load(id);
      expect(state.forkedFrom).toMatchObject({ conversationId: ofFirst[0], version: 1 });
      expect(state.tags).toEqual([`batch:${story.id}`, 'mine']);
    }
    expect((await story.engine.load(ofFirst[2] ?? '')).model?.name).toBe('b');
  });

  it('grades each conversation once, with one verdict', async () => {
    await story.create(aRequest({ prompts: [{ input: 'one', expected: 'one by a', graders: [{ type: 'exact' }] }], samples: 1 }));
    await until('completed');
    const [a, b] = await story.items();
    expect([a?.rewards, b?.rewards]).toEqual([
      { regex: 1, exact: 1 },
      { regex: 1, exact: 0 },
    ]);
    const feedback = (await story.store.read(b?.conversation ?? '')).filter(({ type }) => type === 'FeedbackGiven');
    expect(feedback.map(({ data }) => data)).toEqual([
      { rating: -1, reward: 1, grader: 'regex' },
      { rating: -1, reward: 0, grader: 'exact', comment: 'The answer is not "one by a".' },
    ]);
  });

  it('does nothing twice where a worker dies before it could tell', async () => {
    await story.create(aRequest());
    // Everything happens but the report.
    const dying: BulkLedger = { ...story.bulk, report: async () => undefined };
    for (const _ of [1, 2]) {
      await story.pass(dying);
      await createBulkReconciler(story.dependencies(), new Set())();
    }
    expect(await story.conversations()).toHaveLength(3);
    await story.pass();
    await story.answerAll(() => 'one');
    await story.pass(dying);
    await createBulkReconciler(story.dependencies(), new Set())();
    await until('completed');
    expect(await story.conversations()).toHaveLength(8);
    for (const { id } of await story.conversations())
      expect((await story.store.read(id)).filter(({ type }) => type === 'FeedbackGiven')).toHaveLength(1);
  });

  it('is paused by its budget and goes on with a larger one', async () => {
    await story.create(aRequest({ budget: { maxTokens: 25 } }));
    await until('paused');
    expect(await story.conversations()).toHaveLength(3);
    await story.bulk.steer('batch', story.id, { budget: { maxConversations: 5 } });
    await until('paused');
    expect(await story.conversations()).toHaveLength(5);
    await story.bulk.steer('batch', story.id, { budget: {} });
    await until('completed');
  });

  it('goes on beside conversations that wait for a person, and waits with them', async () => {
    await story.create(aRequest({ concurrency: 1, samples: 1, models: [settings('a')], servers: ['desk'] }));
    await story.pass();
    const [{ id = '' } = {}] = await story.conversations();
    const tell = (command: Parameters<typeof story.engine.handle>[0]) =>
      story.engine.handle(command, { conversationId: id, commandId: randomUUID() });
    const attempt = { step: 1, attempt: 1, claim: 'c' };
    await tell({ type: 'RecordTools', servers: ['desk'], tools: [tool('pay', { approval: 'ask' })], warnings: [] });
    await tell({ type: 'StartAttempt', worker: 'w1', ...attempt });
    const message = { content: null, toolCalls: [{ name: 'pay', arguments: '{}' }] };
    await tell({ type: 'RecordModelAnswer', ...attempt, answer: { message, finishReason: 'tool_calls' } });
    await until('waiting');
    expect((await story.found()).progress).toMatchObject({ next: 2, open: [0], parked: [0] });
    await tell({ type: 'DecideToolCall', callId: 'call_1_1', decision: 'reject' });
    await until('completed');
  });

  it('ends what is open when it is cancelled, and begins nothing more', async () => {
    await story.create(aRequest());
    await story.pass();
    await story.bulk.steer('batch', story.id, { isCancelled: true });
    await until('cancelled');
    expect((await story.items()).map(({ outcome }) => outcome)).toEqual(['cancelled', 'cancelled', 'cancelled']);
  });

  it('counts what could not be begun: the root of its family was erased', async () => {
    await story.create(aRequest({ prompts: [{ input: 'one' }], samples: 2, models: [settings('a')], concurrency: 1 }));
    await story.pass();
    const [{ id = '' } = {}] = await story.conversations();
    await story.engine.handle({ type: 'EraseConversation' }, { conversationId: id, commandId: 'e' });
    await until('completed');
    expect((await story.items()).map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['erased', undefined],
      ['refused', 'This conversation was erased.'],
    ]);
  });

  it('survives a pattern that would take for ever', async () => {
    const graders = [{ type: 'regex' as const, pattern: '^(a+)+$' }];
    await story.create(aRequest({ prompts: [{ input: 'go' }], samples: 1, models: [settings('a')], graders }));
    await until('completed', () => `${'a'.repeat(40)}b`);
    const [item] = await story.items();
    expect(item).toMatchObject({ outcome: 'completed', rewards: {}, reason: expect.stringMatching(/longer than/) });
  });
});
