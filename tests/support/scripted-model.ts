// A model server that is not ours (aimock), with the answers a test needs. Answers are chosen by the words of the wish
// and the number of answers given before, so many conversations can speak at once.

import { type Fixture, LLMock } from '@copilotkit/aimock';

export interface ScriptedCall {
  readonly name: string;
  readonly arguments?: Record<string, unknown>;
}

export interface ScriptedAnswer {
  readonly content?: string;
  readonly reasoning?: string;
  readonly calls?: readonly ScriptedCall[];
  /** The server is out of reach once before it gives this answer. */
  readonly failsFirst?: true;
  /** The server refuses instead. */
  readonly fails?: { readonly message: string; readonly status: number };
  /** What the server says that it counted. */
  readonly usage?: { readonly promptTokens: number; readonly completionTokens: number };
  /** Milliseconds between chunks: a slow answer can be interrupted. */
  readonly latency?: number;
}

export interface ScriptedModel {
  readonly baseUrl: string;
  /** Requests the server has seen for a wish. */
  requests(wish: string): number;
  stop(): Promise<void>;
}

export const startScriptedModel = async (
  scripts: Readonly<Record<string, readonly ScriptedAnswer[]>>,
): Promise<ScriptedModel> => {
  const mock = new LLMock({ port: 0, strict: true, logLevel: 'silent' });
  for (const [wish, answers] of Object.entries(scripts))
    for (const [turnIndex, answer] of answers.entries()) {
      if (answer.failsFirst) mock.addFixture(failure(wish, turnIndex));
      mock.addFixture(answer.fails ? refusal(wish, turnIndex, answer.fails) : fixture(wish, turnIndex, answer));
    }
  await mock.start();
  return {
    baseUrl: `${mock.url}/v1`,
    requests: (wish) => mock.getRequests().filter(({ body }) => JSON.stringify(body).includes(wish)).length,
    stop: () => mock.stop(),
  };
};

const failure = (wish: string, turnIndex: number): Fixture => ({
  match: { userMessage: wish, turnIndex, sequenceIndex: 0 },
  response: { error: { message: 'Out for a moment.' }, status: 503 },
});

const refusal = (wish: string, turnIndex: number, { message, status }: NonNullable<ScriptedAnswer['fails']>): Fixture => ({
  match: { userMessage: wish, turnIndex },
  response: { error: { message }, status },
});

const fixture = (
  wish: string,
  turnIndex: number,
  { content = '', reasoning, calls, usage, latency }: ScriptedAnswer,
): Fixture => ({
  match: { userMessage: wish, turnIndex },
  response: {
    content,
    ...(reasoning !== undefined && { reasoning }),
    ...(usage && {
      usage: {
        prompt_tokens: usage.promptTokens,
        completion_tokens: usage.completionTokens,
        total_tokens: usage.promptTokens + usage.completionTokens,
      },
    }),
    ...(calls && {
      toolCalls: calls.map(({ name, arguments: args = {} }, index) => ({
        id: `p${turnIndex}_${index}`,
        name,
        arguments: JSON.stringify(args),
      })),
    }),
  },
  ...(latency !== undefined && { latency, chunkSize: 1 }),
});
