import { randomUUID } from 'node:crypto';
import { type Elicited, findStep, type Question, waitingFor } from '@turnlog/core';
import { describe, expect, it } from 'vitest';
import type { ModelClient } from './ports/model-client.ts';
import type { ToolCallRequest, ToolHost, ToolOutcome } from './ports/tool-host.ts';
import { createWorkerStory, deferred, never, tool } from './testing/worker-story.ts';

const question: Question = {
  message: 'Where?',
  requestedSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const returned = (text: string): ToolOutcome => ({
  type: 'returned',
  result: { content: [{ type: 'text', text }], isError: false },
});

/** A model that asks for one call, and a server that performs it as it is told. */
const storyOf = (call: (request: ToolCallRequest, signal: AbortSignal) => Promise<ToolOutcome>) => {
  const models: ModelClient = {
    call: async ({ body }) => ({
      type: 'responded',
      message: body.includes('"tool_call_id"')
        ? { content: 'Done.', toolCalls: [] }
        : { content: '', toolCalls: [{ name: 'book', arguments: '{}' }] },
      finishReason: 'stop',
    }),
  };
  const tools: ToolHost = {
    list: async () => ({ type: 'listed', tools: [tool('book')], warnings: [] }),
    call,
    close: async () => {},
  };
  const story = createWorkerStory({ models, tools });
  const handle = (command: Parameters<typeof story.engine.handle>[0]) =>
    story.engine.handle(command, { conversationId: story.conversationId, commandId: randomUUID() });
  const asked = async () => waitingFor(await story.engine.load(story.conversationId));
  return {
    ...story,
    handle,
    asked,
    /** The job of the call, once the model has asked for it. */
    calling: async (worker: ReturnType<typeof story.worker>) => {
      await story.start();
      await worker.perform(story.take(), never);
      return story.take();
    },
    answer: async (content: Record<string, unknown>) => {
      const [waiting] = await asked();
      if (waiting === undefined) throw new Error('Nobody asks.');
      const { callId } = waiting;
      return handle({ type: 'DecideToolCall', callId, decision: 'accept', content });
    },
  };
};

/** The call asks, and returns what it was answered. */
const asking = () => {
  const ended = deferred<Elicited>();
  const withdrawing = new AbortController();
  const story = storyOf(async ({ elicit }) => {
    const elicited = (await elicit?.(question, withdrawing.signal)) ?? { action: 'cancel' };
    ended.resolve(elicited);
    return returned(JSON.stringify(elicited));
  });
  return { ...story, ended: ended.promise, withdrawing };
};

describe('a question in the middle of a call', () => {
  it('lets the job go, keeps the claim, and gives the answer to the worker that holds the call', async () => {
    const story = asking();
    const worker = story.worker('w');

    await worker.perform(await story.calling(worker), never);

    expect(await story.asked()).toMatchObject([{ kind: 'elicitation', ...question }]);
    expect(story.queue.size).toBe(0);
    story.pass(3_600_000);
    await worker.tick();
    expect(await story.asked()).toHaveLength(1);

    await story.answer({ city: 'Rome' });
    expect(await story.ended).toEqual({ action: 'accept', content: { city: 'Rome' } });
    await worker.active.stop();
    expect((await story.types()).slice(-5)).toEqual([
      'AttemptStarted',
      'ElicitationRequested',
      'ElicitationAnswered',
      'ToolReturned',
      'StepScheduled',
    ]);
  });

  it('is dismissed when nobody answers in time, and the log says so', async () => {
    const story = asking();
    const worker = story.worker('w', { answerWithin: 1 });

    await worker.perform(await story.calling(worker), never);

    expect(await story.ended).toEqual({ action: 'cancel' });
    await worker.active.stop();
    const events = await story.events();
    expect(events.find(({ type }) => type === 'ElicitationVoided')?.data).toMatchObject({ cause: 'expired' });
    expect(events.map(({ type }) => type).slice(-3)).toEqual(['ElicitationVoided', 'ToolReturned', 'StepScheduled']);
  });

  it('is void when its server no longer asks', async () => {
    const story = asking();
    const worker = story.worker('w');
    await worker.perform(await story.calling(worker), never);

    story.withdrawing.abort();

    await story.ended;
    const events = await story.events();
    expect(events.find(({ type }) => type === 'ElicitationVoided')?.data).toMatchObject({ cause: 'withdrawn' });
  });

  it('is dismissed when the turn is cancelled', async () => {
    const story = asking();
    const worker = story.worker('w');
    await worker.perform(await story.calling(worker), never);

    await story.handle({ type: 'CancelTurn' });

    expect(await story.ended).toEqual({ action: 'cancel' });
    await worker.active.stop();
    expect((await story.types()).slice(-3)).toEqual(['ElicitationRequested', 'TurnCancelled', 'OutcomeSuperseded']);
  });

  it('is void when its worker stops, and a person decides about the call', async () => {
    const story = storyOf(async ({ elicit }, signal) => {
      await elicit?.(question, never);
      return signal.aborted ? { type: 'unknown', failure: { kind: 'lost', message: 'aborted' } } : returned('in time');
    });
    const worker = story.worker('w');
    await worker.perform(await story.calling(worker), never);

    await worker.active.stop();

    expect((await story.types()).slice(-2)).toEqual(['ElicitationVoided', 'ToolOutcomeUnknown']);
    expect(await story.asked()).toMatchObject([{ kind: 'unknown' }]);
  });

  it('is void when its worker dies', async () => {
    const story = storyOf(async ({ elicit }) => {
      await elicit?.(question, never);
      return new Promise(() => {});
    });
    const worker = story.worker('w');
    await worker.perform(await story.calling(worker), never);
    const other = story.worker('other');
    await other.tick();

    story.pass(7_000);
    await other.tick();
    story.pass(7_000);
    await other.tick();

    const events = await story.events();
    expect(events.slice(-2)).toMatchObject([
      { type: 'ElicitationVoided', data: { cause: 'worker_lost' } },
      { type: 'ToolOutcomeUnknown', data: { policy: 'ask' } },
    ]);
  });
});

describe('a call that its server ends with questions', () => {
  it('is sent again by any worker, with the answers and the state as it came', async () => {
    const requests: ToolCallRequest[] = [];
    const requestState = 'opaque';
    const story = storyOf(async (request) => {
      requests.push(request);
      return request.input === undefined
        ? { type: 'input_required', requests: [{ key: 'where', ...question }], requestState }
        : returned('booked');
    });
    const worker = story.worker('w');
    await worker.perform(await story.calling(worker), never);
    expect(worker.active.claimsOf(story.conversationId)).toEqual([]);

    await story.answer({ city: 'Rome' });
    await story.worker('other').perform(story.take(), never);

    expect(requests[1]?.input).toEqual({
      requestState,
      responses: { where: { action: 'accept', content: { city: 'Rome' } } },
    });
    expect(requests[1]?.effectId).toBe(requests[0]?.effectId);
    const { turn } = await story.engine.load(story.conversationId);
    expect(turn?.steps.some(({ call }) => call !== undefined)).toBe(false);
    expect(findStep(await story.engine.load(story.conversationId), 3)).toMatchObject({ phase: 'due' });
  });
});
