import { randomUUID } from 'node:crypto';
import { waitingFor } from '@turnlog/core';
import { describe, expect, it } from 'vitest';
import type { ModelClient, ModelOutcome, ModelRequest } from './ports/model-client.ts';
import type { ToolCallRequest, ToolHost, ToolOutcome } from './ports/tool-host.ts';
import { createWorkerStory, deferred, never, sha256, tool } from './testing/worker-story.ts';

const says = (content: string, ...calls: string[]): ModelOutcome => ({
  type: 'responded',
  message: { content, toolCalls: calls.map((name) => ({ name, arguments: '{}' })) },
  finishReason: calls.length > 0 ? 'tool_calls' : 'stop',
});

const outside = (answers: readonly ModelOutcome[], results: readonly ToolOutcome[] = []) => {
  const requests: ModelRequest[] = [];
  const calls: ToolCallRequest[] = [];
  const models: ModelClient = {
    call: async (request, _, onDelta) => {
      onDelta({ content: 'piece' });
      requests.push(request);
      return answers[requests.length - 1] ?? says('Done.');
    },
  };
  const tools: ToolHost = {
    list: async () => ({ type: 'listed', tools: [tool('ring'), tool('write')], warnings: [] }),
    call: async (request) => {
      calls.push(request);
      return (
        results[calls.length - 1] ?? { type: 'returned', result: { content: [{ type: 'text', text: 'ok' }], isError: false } }
      );
    },
    close: async () => {},
  };
  return { models, tools, requests, calls };
};

describe('performing an attempt', () => {
  it('lists the tools once, records the hash of the exact bytes before they are sent, and publishes deltas', async () => {
    const out = outside([says('Hello.')]);
    const story = createWorkerStory(out);
    await story.start();

    await story.worker('w').perform(story.take(), never);

    expect(await story.types()).toEqual([
      'ConversationStarted',
      'TurnStarted',
      'StepScheduled',
      'ToolsListed',
      'AttemptStarted',
      'ModelResponded',
      'TurnCompleted',
    ]);
    const started = (await story.events()).find(({ type }) => type === 'AttemptStarted');
    expect(started?.data).toMatchObject({
      worker: 'w',
      request: { sha256: sha256(out.requests[0]?.body ?? ''), renderer: 2, toolsVersion: 4 },
    });
    expect(story.published).toMatchObject([{ type: 'delta', delta: { step: 1, attempt: 1, seq: 0, content: 'piece' } }]);
  });

  it('performs once when a job is delivered twice at the same time', async () => {
    const out = outside([says('Hello.')]);
    const story = createWorkerStory(out);
    await story.start([]);
    const job = story.take();

    await Promise.all([story.worker('a').perform(job, never), story.worker('b').perform(job, never)]);
    await story.worker('c').perform(job, never);

    expect(out.requests).toHaveLength(1);
    expect((await story.types()).filter((type) => type === 'ModelResponded')).toHaveLength(1);
  });

  it('asks again instead of making a call that was approved for another tool', async () => {
    const out = outside([says('', 'ring')]);
    let offered = tool('ring', { approval: 'ask' });
    const story = createWorkerStory({
      ...out,
      tools: { ...out.tools, list: async () => ({ type: 'listed', tools: [offered], warnings: [] }) },
    });
    await story.start();
    const worker = story.worker('w');
    await worker.perform(story.take(), never);
    const approve = async () => {
      const [waiting] = waitingFor(await story.engine.load(story.conversationId));
      if (waiting?.digest === undefined) throw new Error('Nothing waits for approval.');
      await story.engine.handle(
        { type: 'DecideToolCall', callId: waiting.callId, decision: 'approve', digest: waiting.digest },
        { conversationId: story.conversationId, commandId: randomUUID() },
      );
    };

    await approve();
    offered = tool('ring', { approval: 'ask', digest: sha256('another schema') });
    await worker.perform(story.take(), never);
    expect(out.calls).toEqual([]);
    expect((await story.types()).slice(-3)).toEqual(['ToolCallApproved', 'ToolsListed', 'ApprovalRequested']);

    await approve();
    await worker.perform(story.take(), never);
    expect(out.calls).toHaveLength(1);
  });

  it('drops a job whose turn has ended', async () => {
    const out = outside([]);
    const story = createWorkerStory(out);
    await story.start([]);
    const job = story.take();
    await story.engine.handle({ type: 'CancelTurn' }, { conversationId: story.conversationId, commandId: 'cancel' });

    await story.worker('w').perform(job, never);

    expect(out.requests).toEqual([]);
  });

  it('sends every attempt of a call with the same effect id', async () => {
    const refused: ToolOutcome = { type: 'not_sent', failure: { kind: 'unavailable', message: 'refused' } };
    const out = outside([says('', 'ring')], [refused]);
    const story = createWorkerStory(out);
    const worker = story.worker('w');
    await story.start();
    await worker.perform(story.take(), never);
    await worker.perform(story.take(), never);
    story.pass(60_000);
    await worker.tick();

    await worker.perform(story.take(), never);

    expect(out.calls.map(({ effectId }) => effectId)).toEqual([
      `${story.conversationId}/call_1_1`,
      `${story.conversationId}/call_1_1`,
    ]);
    expect((await story.types()).slice(-3)).toEqual(['AttemptStarted', 'ToolReturned', 'StepScheduled']);
  });

  it('publishes how far a call has come, and keeps that out of the log', async () => {
    const out = outside([says('', 'ring')]);
    const call: ToolHost['call'] = (request, signal) => {
      request.onProgress?.({ progress: 1, total: 2 });
      request.onProgress?.({ progress: 2, total: 2, message: 'rung' });
      return out.tools.call(request, signal);
    };
    const story = createWorkerStory({ ...out, tools: { ...out.tools, call } });
    const worker = story.worker('w');
    await story.start();
    await worker.perform(story.take(), never);

    await worker.perform(story.take(), never);

    expect(story.published.slice(-2)).toMatchObject([
      { type: 'delta', delta: { step: 2, attempt: 1, seq: 0, progress: { progress: 1, total: 2 } } },
      { type: 'delta', delta: { step: 2, attempt: 1, seq: 1, progress: { progress: 2, total: 2, message: 'rung' } } },
    ]);
    expect((await story.types()).slice(-3)).toEqual(['AttemptStarted', 'ToolReturned', 'StepScheduled']);
  });

  it('leaves a sent call without an answer to a person', async () => {
    const lost: ToolOutcome = { type: 'unknown', failure: { kind: 'lost', message: 'gone' } };
    const story = createWorkerStory(outside([says('', 'ring')], [lost]));
    const worker = story.worker('w');
    await story.start();
    await worker.perform(story.take(), never);

    await worker.perform(story.take(), never);

    expect((await story.types()).at(-1)).toBe('ToolOutcomeUnknown');
    expect(story.queue.size).toBe(0);
  });

  it('tries again later when the tools cannot be listed, and fails the turn when a server is not configured', async () => {
    const out = outside([]);
    const story = createWorkerStory({
      ...out,
      tools: {
        ...out.tools,
        list: async () => ({ type: 'failed', server: 'desk', failure: { kind: 'not_configured', message: 'no such server' } }),
      },
    });
    await story.start();

    await story.worker('w').perform(story.take(), never);

    expect((await story.types()).slice(-2)).toEqual(['AttemptFailed', 'TurnFailed']);
    expect(out.requests).toEqual([]);
  });

  it('aborts a call whose turn was cancelled, and records what comes late as superseded', async () => {
    const begun = deferred<void>();
    const models: ModelClient = {
      call: (_, signal) => {
        begun.resolve();
        return new Promise((resolve) =>
          signal.addEventListener('abort', () =>
            resolve({
              type: 'failed',
              failure: { kind: 'lost', message: 'aborted' },
              partial: { content: 'Hel', toolCalls: [] },
            }),
          ),
        );
      },
    };
    const story = createWorkerStory({ ...outside([]), models });
    const worker = story.worker('w');
    await story.start([]);
    const performing = worker.perform(story.take(), never);
    await begun.promise;
    await story.engine.handle({ type: 'CancelTurn' }, { conversationId: story.conversationId, commandId: 'cancel' });

    await worker.tick();
    await performing;

    expect((await story.types()).slice(-2)).toEqual(['TurnCancelled', 'OutcomeSuperseded']);
  });
});

describe('reconciling', () => {
  it('adds what the queue has lost', async () => {
    const story = createWorkerStory(outside([]));
    await story.start([]);
    story.queue.clear();

    await story.worker('w').tick();

    expect([...story.queue.values()]).toEqual([{ conversationId: story.conversationId, step: 1, attempt: 1 }]);
  });

  it('loses the attempt of a worker whose lease has ended, but nobody in the first moments after contact', async () => {
    const silent: ModelClient = { call: () => new Promise(() => {}) };
    const story = createWorkerStory({ ...outside([]), models: silent });
    const doomed = story.worker('doomed');
    await doomed.tick();
    await story.start([]);
    void doomed.perform(story.take(), never);
    await expect.poll(() => story.types()).toContain('AttemptStarted');
    const other = story.worker('other');

    story.pass(6_001);
    await other.tick();
    expect((await story.types()).at(-1)).toBe('AttemptStarted');
    story.pass(6_001);
    await other.tick();

    const last = (await story.events()).at(-1);
    expect(last).toMatchObject({ type: 'AttemptFailed', data: { failure: { kind: 'lost' } } });
    expect([...story.queue.values()]).toEqual([{ conversationId: story.conversationId, step: 1, attempt: 2 }]);
  });

  it('keeps the attempt of a worker that goes on renewing its lease', async () => {
    const silent: ModelClient = { call: () => new Promise(() => {}) };
    const story = createWorkerStory({ ...outside([]), models: silent });
    const busy = story.worker('busy');
    await busy.tick();
    await story.start([]);
    void busy.perform(story.take(), never);
    await expect.poll(() => story.types()).toContain('AttemptStarted');
    const other = story.worker('other');

    for (let second = 0; second < 30; second++) {
      story.pass(1_000);
      await busy.tick();
      await other.tick();
    }

    expect((await story.types()).at(-1)).toBe('AttemptStarted');
  });
});
