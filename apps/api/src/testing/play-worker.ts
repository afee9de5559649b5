// What a worker would do, as commands: the API's tests need conversations that have got somewhere.

import { randomUUID } from 'node:crypto';
import type { Command, Engine, Tool } from '@turnlog/core';

export interface Played {
  /** The tools as listed, then the model answers with text or calls. */
  modelAnswers(
    id: string,
    answer: { readonly content?: string; readonly calls?: readonly (readonly [string, string])[] },
  ): Promise<void>;
  toolReturns(id: string, callId: string, text: string): Promise<void>;
  listTools(id: string, tools: readonly Tool[]): Promise<void>;
}

export const playWorker = (engine: Engine): Played => {
  const tell = (conversationId: string, command: Command) => engine.handle(command, { conversationId, commandId: randomUUID() });
  const openAttempt = async (id: string, find: (step: { readonly call?: { readonly callId: string } }) => boolean) => {
    const { turn } = await engine.load(id, { fresh: true });
    const step = turn?.steps.find(find);
    if (step === undefined) throw new Error('No such step is open.');
    const attempt = { step: step.step, attempt: step.attempt, claim: randomUUID() };
    await tell(id, { type: 'StartAttempt', worker: 'w1', ...attempt });
    return attempt;
  };
  return {
    listTools: async (id, tools) => void (await tell(id, { type: 'RecordTools', servers: ['files'], tools, warnings: [] })),
    modelAnswers: async (id, { content = null, calls = [] }) => {
      const attempt = await openAttempt(id, ({ call }) => call === undefined);
      const message = { content, toolCalls: calls.map(([name, raw]) => ({ name, arguments: raw })) };
      await tell(id, {
        type: 'RecordModelAnswer',
        ...attempt,
        answer: {
          message,
          finishReason: calls.length > 0 ? 'tool_calls' : 'stop',
          usage: { promptTokens: 10, completionTokens: 5 },
        },
      });
    },
    toolReturns: async (id, callId, text) => {
      const attempt = await openAttempt(id, ({ call }) => call?.callId === callId);
      await tell(id, { type: 'RecordToolResult', ...attempt, result: { content: [{ type: 'text', text }], isError: false } });
    },
  };
};
