import type { Job } from '@turnlog/core';
import { describe, expect, it } from 'vitest';
import type { ModelOutcome } from '../ports/model-client.ts';
import type { ToolCallRequest, ToolHost } from '../ports/tool-host.ts';
import { createWorkerStory, never, tool } from '../testing/worker-story.ts';
import type { McpSessions, Seat } from './mcp-sessions.ts';

const asksOnce = (): (() => Promise<ModelOutcome>) => {
  let answers = 0;
  return async () => {
    answers += 1;
    return {
      type: 'responded',
      message: { content: 'ok', toolCalls: answers === 1 ? [{ name: 'ring', arguments: '{}' }] : [] },
      finishReason: 'stop',
    };
  };
};

/** A story in which a tool call is due, and a worker whose seats the test gives. */
const aCallIsDue = async (seats: readonly (Seat | (() => Promise<Seat>))[]) => {
  const calls: ToolCallRequest[] = [];
  const routed: [worker: string, jobs: readonly Job[]][] = [];
  const asked: unknown[] = [];
  const tools: ToolHost = {
    list: async () => ({ type: 'listed', tools: [tool('ring')], warnings: [] }),
    call: async (request) => {
      calls.push(request);
      return { type: 'returned', result: { content: [{ type: 'text', text: 'rang' }], isError: false } };
    },
    close: async () => {},
  };
  const story = createWorkerStory({ models: { call: asksOnce() }, tools });
  const mcpSessions: McpSessions = {
    seat: async (key) => {
      asked.push(key);
      const seat = seats[asked.length - 1] ?? { type: 'shared' };
      return typeof seat === 'function' ? seat() : seat;
    },
    renewing: () => () => {},
    tick: async () => {},
    loseOrphans: async () => ['gone'],
    has: () => false,
    endThoseOf: async () => {},
    stop: async () => {},
  };
  const dropped: string[] = [];
  const worker = story.worker('w', {
    mcpSessions,
    workerQueues: {
      add: async (name, jobs) => void routed.push([name, jobs]),
      drop: async (name) => void dropped.push(name),
    },
  });
  await story.start();
  await worker.perform(story.take(), never);
  const job = story.take();
  return { story, worker, job, calls, routed, asked, dropped };
};

describe('a call in a session', () => {
  it('is made in it, and the seat is left before the outcome is told', async () => {
    const left: (readonly string[])[] = [];
    const session = { id: 's1', opened: async () => {} };
    const due = await aCallIsDue([
      {
        type: 'here',
        session,
        leave: async () => void left.push(await due.story.types()),
      },
    ]);

    await due.worker.perform(due.job, never);

    expect(due.asked).toEqual([{ conversationId: due.story.conversationId, server: 'desk' }]);
    expect(due.calls).toMatchObject([{ tool: 'ring', session }]);
    expect(left.map((types) => types.at(-1))).toEqual(['AttemptStarted']);
    expect(await due.story.types()).toContain('ToolReturned');
  });

  it('that another worker holds goes to that worker, as the same job, and has not begun', async () => {
    const due = await aCallIsDue([{ type: 'elsewhere', worker: 'other' }]);
    const before = await due.story.types();

    await due.worker.perform(due.job, never);

    expect(due.routed).toEqual([['other', [due.job]]]);
    expect(await due.story.types()).toEqual(before);
    expect(due.calls).toEqual([]);
  });

  it('comes back by the reconciler, however often, until a worker can make it', async () => {
    const gone: Seat = { type: 'elsewhere', worker: 'gone' };
    const due = await aCallIsDue([gone, gone]);
    await due.worker.perform(due.job, never);
    for (const _ of [1, 2]) {
      due.story.pass(3_001);
      await due.worker.tick();
      await due.worker.perform(due.story.take(), never);
    }

    expect(due.routed).toHaveLength(2);
    expect(due.calls).toHaveLength(1);
    expect(await due.story.types()).toContain('ToolReturned');
  });

  it('for which there is no room is tried again later', async () => {
    const failure = { kind: 'rate_limited', message: 'full', retryAfterMs: 2_000 } as const;
    const due = await aCallIsDue([{ type: 'full', failure }]);

    await due.worker.perform(due.job, never);

    expect((await due.story.events()).at(-1)).toMatchObject({
      type: 'AttemptFailed',
      data: { attempt: 1, failure, retryAt: '2026-01-01T00:00:02.000Z' },
    });
    expect(due.calls).toEqual([]);
  });

  it('of a step that another worker took meanwhile is not made, and its seat is left', async () => {
    const left: string[] = [];
    const seat: Seat = {
      type: 'here',
      session: { id: 's', opened: async () => {} },
      leave: async () => void left.push('s'),
    };
    const due = await aCallIsDue([
      async () => {
        const { conversationId, step, attempt } = due.job;
        const start = { type: 'StartAttempt', step, attempt, claim: 'other', worker: 'x' } as const;
        await due.story.engine.handle(start, { conversationId, commandId: 'x' });
        return seat;
      },
    ]);

    await due.worker.perform(due.job, never);

    expect(left).toEqual(['s']);
    expect(due.calls).toEqual([]);
  });
});

describe('the reconciler', () => {
  it('removes the queues of workers whose sessions are lost, once it is sure that they are gone', async () => {
    const due = await aCallIsDue([]);

    await due.worker.tick();
    expect(due.dropped).toEqual([]);
    due.story.pass(6_000);
    await due.worker.tick();

    expect(due.dropped).toEqual(['gone']);
  });
});
