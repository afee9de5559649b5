import { randomUUID } from 'node:crypto';
import { planReplay } from '@turnlog/core';
import { describe, expect, it } from 'vitest';
import type { ModelClient } from './ports/model-client.ts';
import type { ToolCallRequest, ToolHost, ToolOutcome } from './ports/tool-host.ts';
import { createWorkerStory, never, tool } from './testing/worker-story.ts';

const ring = tool('ring', {
  inputSchema: { type: 'object', properties: { times: { type: 'integer' } }, required: ['times'] },
  outputSchema: { type: 'object', properties: { rung: { type: 'integer' } }, required: ['rung'] },
  onUnknownOutcome: 'retry',
});

/** The model calls `ring` with these arguments, one after the other, and is then done. */
const ringing = (args: readonly (string | undefined)[], outcomes: readonly ToolOutcome[], tools = [ring]) => {
  const calls: ToolCallRequest[] = [];
  let answers = 0;
  const models: ModelClient = {
    call: async () => {
      const raw = args[answers++];
      const toolCalls = raw === undefined ? [] : [{ name: 'ring', arguments: raw }];
      return { type: 'responded', message: { content: 'Done.', toolCalls }, finishReason: 'stop' };
    },
  };
  const host: ToolHost = {
    list: async () => ({ type: 'listed', tools, warnings: [] }),
    call: async (request) => {
      calls.push(request);
      return outcomes[calls.length - 1] ?? { type: 'returned', result: { content: [], isError: false } };
    },
    close: async () => {},
  };
  const story = createWorkerStory({ models, tools: host });
  const worker = story.worker('w');
  const performAll = async () => {
    while (story.queue.size > 0) await worker.perform(story.take(), never);
  };
  const ofType = async (type: string) => (await story.events()).filter((event) => event.type === type).map(({ data }) => data);
  return { story, worker, calls, performAll, ofType };
};
const rung = (structuredContent: unknown): ToolOutcome => ({
  type: 'returned',
  result: { content: [], structuredContent, isError: false },
});

describe('a call whose arguments do not match the input schema', () => {
  it('is not made; the model reads what is wrong and may write it again', async () => {
    const { story, calls, performAll, ofType } = ringing(['{"times":"twice"}', '{"times":2}'], [rung({ rung: 2 })]);
    await story.start();

    await performAll();

    const message = expect.stringContaining('arguments/times must be integer. The tool was not called. Write the call again.');
    expect(await ofType('ToolCallRefused')).toMatchObject([{ step: 2, reason: 'bad_arguments', message }]);
    expect(calls.map((call) => call.arguments)).toEqual([{ times: 2 }]);
    expect((await story.types()).at(-1)).toBe('TurnCompleted');
  });

  it('is refused by a cassette too, which goes on with what its source recorded', async () => {
    const asked = ['{"times":"twice"}', '{"times":2}', undefined];
    const { story, worker, calls, performAll } = ringing([...asked, ...asked], [rung({ rung: 2 })]);
    const { engine, conversationId } = story;
    await story.start();
    await performAll();
    const { store } = worker.dependencies;
    const conversation = randomUUID();

    const plan = planReplay(conversationId, await store.read(conversationId), 'cassette');
    await engine.handle(plan, { conversationId: conversation, commandId: 'again' });
    await performAll();

    const types = (await store.read(conversation)).map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['ToolCallRefused', 'ToolReturned', 'TurnCompleted']));
    expect(types).not.toContain('ReplayStopped');
    expect(calls).toHaveLength(1);
  });

  it('is made all the same where it was sent before: it may have happened', async () => {
    const lost: ToolOutcome = { type: 'unknown', failure: { kind: 'timeout', message: 'No answer.' } };
    const { story, worker, calls, performAll } = ringing(['{"times":2}'], [lost]);
    await story.start();
    await worker.perform(story.take(), never);
    await worker.perform(story.take(), never);
    const stricter = { ...ring, inputSchema: { type: 'object', required: ['loudly'] } };
    const { conversationId } = story;
    await story.engine.handle(
      { type: 'RecordTools', servers: ['desk'], tools: [stricter], warnings: [] },
      { conversationId, commandId: 'listed again' },
    );

    story.pass(60_000);
    await worker.tick();
    await performAll();

    expect(calls).toHaveLength(2);
  });
});

describe('a result that does not match the output schema', () => {
  it('counts, with a warning beside it', async () => {
    const { story, performAll, ofType } = ringing(['{"times":1}', '{"times":2}'], [rung({ rung: 'once' }), rung({ rung: 2 })]);
    await story.start();

    await performAll();

    const [first, second] = await ofType('ToolReturned');
    const fault = "the structured content does not match the tool's output schema: structuredContent/rung must be integer";
    expect(first).toMatchObject({ result: { structuredContent: { rung: 'once' } }, warnings: [fault] });
    expect(second).not.toHaveProperty('warnings');
  });
});
