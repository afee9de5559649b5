import { randomUUID } from 'node:crypto';
import {
  type BacktestItem,
  type BacktestRequest,
  type BulkLedger,
  createInMemoryBulkLedger,
  type Failure,
  type ReceivedModelAnswer,
} from '@turnlog/core';
import { aConversation, aTool, type ConversationBuilder, plainProfile } from '@turnlog/core/testing';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { ModelClient, ModelOutcome } from '../ports/model-client.ts';
import { never } from '../testing/worker-story.ts';
import { createBacktestPerformer } from './perform-backtest.ts';
import { createBulkPerformer } from './start-bulk-work.ts';

const reading = aConversation()
  .withTools([aTool('read')])
  .withTurn('go')
  .answered({ calls: [['read', '{"path":"a"}']] })
  .returned('call_1_1', 'alpha')
  .answered({ content: 'It says alpha.' });
const greeting = aConversation().withTurn('hi').answered({ content: 'Hello!' });

const model = (name: string) => ({
  settings: { name, model: name, params: {}, profile: plainProfile, price: { input: 1_000_000, output: 0 } },
  endpoint: `at ${name}`,
});
const logOf: Readonly<Record<string, ConversationBuilder>> = { reading, greeting };

type Answer = ReceivedModelAnswer['message'] | Failure;
const outcomeOf = (answer: Answer): ModelOutcome =>
  'kind' in answer
    ? { type: 'failed', failure: answer }
    : { type: 'responded', message: answer, finishReason: 'stop', usage: { promptTokens: 3, completionTokens: 1 } };
const says = (content: string): Answer => ({ content, toolCalls: [] });
const away: Failure = { kind: 'unavailable', message: 'no one there', shouldRetry: false };

const aBacktest = async (answer: (model: string, body: string) => Answer, changed: Partial<BacktestRequest> = {}) => {
  const bulk = createInMemoryBulkLedger(() => new Date().toISOString());
  const id = randomUUID();
  const asked: string[] = [];
  const models: ModelClient = {
    call: async ({ model: name, body }) => {
      asked.push(`${name} ${JSON.parse(body).messages.length}`);
      return outcomeOf(answer(name, body));
    },
  };
  const request: BacktestRequest = {
    conversations: [
      { id: 'reading', through: reading.state.version, inherited: 0 },
      { id: 'greeting', through: greeting.state.version, inherited: 0 },
    ],
    models: [model('a'), model('b')],
    concurrency: 1,
    ...changed,
  };
  await bulk.create({ id, kind: 'backtest', about: {}, request, fingerprint: 'f' });
  const perform = createBacktestPerformer({
    store: { read: async (conversation) => logOf[conversation]?.events ?? [] },
    models,
    endpointHash: (name) => `at ${name}`,
    itemsOf: (of, after, limit) => bulk.items(of, { after, limit }),
    elapsedMs: () => 0,
    now: () => new Date().toISOString(),
  });
  const pass = (ledger: BulkLedger = bulk) =>
    createBulkPerformer(
      {
        workerId: 'w',
        bulk: ledger,
        queue: { add: async () => {}, close: async () => {} },
        performers: { backtest: perform },
        consume: () => ({ stop: async () => {} }),
        newClaim: randomUUID,
        log: pino({ level: 'silent' }),
      },
      new Set(),
    )(id, never);
  return {
    id,
    bulk,
    asked,
    pass,
    work: async () => (await bulk.find('backtest', id)) ?? expect.fail('It is not there.'),
    items: async () => (await bulk.items(id, { limit: 100 })).map(({ result }) => result as BacktestItem),
  };
};

describe('a backtest', () => {
  it('puts every recorded step to every model, with what was seen then, and keeps what it said', async () => {
    const test = await aBacktest((name) =>
      name === 'a' ? { content: null, toolCalls: [{ name: 'read', arguments: '{"path": "a"}' }] } : says('Hello!'),
    );
    await test.pass();
    expect(test.asked).toEqual(['a 1', 'b 1', 'a 3', 'b 3', 'a 1', 'b 1']);
    const items = await test.items();
    expect(items.map(({ conversation, model, comparison }) => [conversation, model, comparison?.agrees])).toEqual([
      ['greeting', 'a', false],
      ['greeting', 'b', true],
      ['reading', 'a', true],
      ['reading', 'b', false],
      ['reading', 'a', false],
      ['reading', 'b', true],
    ]);
    expect(await test.work()).toMatchObject({
      phase: 'completed',
      progress: { next: 2, byModel: { a: { answered: 3, agree: 1, cost: 9 }, b: { answered: 3, agree: 2 } } },
    });
  });

  it('leaves out what a fork inherited', async () => {
    const [first] = reading.events.filter(({ type }) => type === 'ModelResponded');
    const conversations = [{ id: 'reading', through: reading.state.version, inherited: first?.version ?? 0 }];
    const test = await aBacktest(() => says('x'), { conversations, models: [model('a')] });
    await test.pass();
    expect(test.asked).toEqual(['a 3']);
  });

  it('asks nothing twice where a worker dies on the way', async () => {
    const test = await aBacktest(() => says('x'));
    let reports = 0;
    const dying: BulkLedger = {
      ...test.bulk,
      report: async (claim, report) => {
        reports += 1;
        return reports <= 4 ? test.bulk.report(claim, report) : undefined;
      },
    };
    await test.pass(dying);
    // What was asked as it died was not kept: it is asked again.
    expect([test.asked.length, (await test.items()).length]).toEqual([4, 3]);
    await test.bulk.releaseOthers('w', []);
    await test.pass();
    expect(test.asked).toHaveLength(7);
    expect((await test.items()).length).toBe(6);
    expect(await test.work()).toMatchObject({
      phase: 'completed',
      progress: { byModel: { a: { answered: 3 }, b: { answered: 3 } } },
    });
  });

  it('is paused by its budget, goes on with another, and ends when it is cancelled', async () => {
    const test = await aBacktest(() => says('x'), { budget: { maxCalls: 2 }, concurrency: 3 });
    await test.pass();
    expect([test.asked.length, (await test.work()).phase]).toEqual([2, 'paused']);
    await test.bulk.steer('backtest', test.id, { budget: { maxTokens: 12 } });
    await test.pass();
    expect((await test.work()).phase).toBe('paused');
    await test.bulk.steer('backtest', test.id, { isCancelled: true });
    await test.pass();
    expect((await test.work()).phase).toBe('cancelled');
    expect((await test.items()).length).toBe(test.asked.length);
  });

  it('is left alone by a worker that reaches another server by that name', async () => {
    const test = await aBacktest(() => says('x'), { models: [{ ...model('a'), endpoint: 'elsewhere' }] });
    await test.pass();
    expect([test.asked, (await test.work()).phase]).toEqual([[], 'queued']);
  });

  it('counts a step that could not be answered, and gives up on a model that cannot be asked', async () => {
    const overflow: Failure = { kind: 'context_overflow', message: 'too long' };
    const some = await aBacktest((_, body) => (body.includes('alpha') ? overflow : says('x')), { models: [model('a')] });
    await some.pass();
    expect(await some.work()).toMatchObject({ phase: 'completed', progress: { byModel: { a: { answered: 2, failed: 1 } } } });
    for (const failure of [away, { kind: 'unauthorized', message: 'no one there' } as const]) {
      const none = await aBacktest(() => failure, { models: [model('a')] });
      await none.pass();
      expect(await none.work()).toMatchObject({ phase: 'failed', failure: expect.stringMatching(/no one there/) });
    }
  });

  it('tries again what may succeed', async () => {
    let tries = 0;
    const test = await aBacktest(
      () => {
        tries += 1;
        return tries === 1 ? { kind: 'unavailable', message: 'busy', retryAfterMs: 1 } : says('x');
      },
      { models: [model('a')], conversations: [{ id: 'greeting', through: greeting.state.version, inherited: 0 }] },
    );
    await test.pass();
    expect([test.asked.length, (await test.items()).length]).toEqual([2, 1]);
  });
});
