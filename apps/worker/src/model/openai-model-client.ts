// The model client for OpenAI-compatible servers: one request, one stream read to its finish reason, one outcome.
// Retries belong to the engine; truth is the outcome, deltas are decoration.

import type { ModelClient, ModelDelta, ModelOutcome, ModelRequest } from '../ports/model-client.ts';
import { type Accumulator, createAccumulator } from './accumulate.ts';
import { accumulateItems, answerItems } from './answer-items.ts';
import { type Deadlines, startDeadlines } from './deadlines.ts';
import { createHttpFetch } from './http-fetch.ts';
import { chatCompletionsUrl, defaultModelTimeouts, type ModelEndpoint } from './model-endpoint.ts';
import type { ModelProblem } from './model-failure.ts';
import { notConfigured, outcomeOf } from './model-outcome.ts';
import { postChatCompletion } from './post-chat-completion.ts';
import { createRedactor } from './redact.ts';
import type { StreamItem } from './sse-items.ts';

export type { ModelEndpoint } from './model-endpoint.ts';

export interface OpenAiModelClientOptions {
  /** Gives the endpoint the operator configured under this name. */
  readonly endpoint: (modelName: string) => ModelEndpoint | undefined;
  /** Values that may stand in no failure, besides the endpoint's own. */
  readonly secrets?: readonly string[];
}

export function createOpenAiModelClient({ endpoint: endpointOf, secrets = [] }: OpenAiModelClientOptions): ModelClient {
  return {
    async call(request, signal, onDelta) {
      const endpoint = endpointOf(request.model);
      if (endpoint === undefined) return notConfigured(`no model is configured under the name "${request.model}"`);
      const url = chatCompletionsUrl(endpoint);
      if (url === undefined) return notConfigured(`the base URL of the model "${request.model}" is no http or https URL`);
      return performCall({ request, endpoint, url, secrets, signal, onDelta });
    },
  };
}

interface Call {
  readonly request: ModelRequest;
  readonly endpoint: ModelEndpoint;
  readonly url: URL;
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
  readonly onDelta: (delta: ModelDelta) => void;
}

async function performCall(call: Call): Promise<ModelOutcome> {
  const accumulator = createAccumulator({ splitThink: call.request.splitThink });
  const problem = call.signal.aborted ? stopped : await readWithin(call, accumulator);
  const answer = accumulator.finish();
  if (problem !== stopped) for (const delta of answer.deltas) call.onDelta(delta);
  // Made only where there is something to redact: most answers are whole.
  const redact = (text: string) => createRedactor(call.endpoint, call.secrets)(text);
  return outcomeOf(problem, answer, { nowMs: Date.now(), host: call.url.host, redact });
}

const stopped: ModelProblem = { type: 'stopped' };

/** Reads until the answer ends, a deadline passes or the signal aborts, whichever is first; nothing is shown after that. */
async function readWithin(call: Call, accumulator: Accumulator): Promise<ModelProblem | undefined> {
  const connection = new AbortController();
  let end: (problem: ModelProblem) => void = () => {};
  const ended = new Promise<ModelProblem>((resolve) => {
    end = resolve;
  });
  const stop = () => end(stopped);
  const timeouts = { ...defaultModelTimeouts, ...call.endpoint.timeouts };
  const deadlines = startDeadlines(timeouts, (phase, limitMs) => end({ type: 'deadline', phase, limitMs }));
  const chunkAdded = (deltas: readonly ModelDelta[]) => {
    if (connection.signal.aborted) return;
    deadlines.chunk(accumulator);
    for (const delta of deltas) call.onDelta(delta);
  };
  call.signal.addEventListener('abort', stop, { once: true });
  let isWhole = false;
  try {
    const problem = await Promise.race([readAnswer(call, accumulator, { connection, deadlines, chunkAdded }), ended]);
    isWhole = problem === undefined;
    return problem;
  } finally {
    deadlines.clear();
    call.signal.removeEventListener('abort', stop);
    if (!isWhole) connection.abort();
  }
}

interface Reading {
  readonly connection: AbortController;
  readonly deadlines: Deadlines;
  readonly chunkAdded: (deltas: readonly ModelDelta[]) => void;
}

async function readAnswer(call: Call, accumulator: Accumulator, reading: Reading): Promise<ModelProblem | undefined> {
  const { connection, deadlines, chunkAdded } = reading;
  const fetch = createHttpFetch(deadlines.connected);
  const response = await postChatCompletion({ ...call, body: call.request.body, signal: connection.signal, fetch });
  if (!(response instanceof Response)) return response;
  const items = answerItems(response);
  const problem = await accumulateItems(items, accumulator, chunkAdded);
  if (problem === undefined) void drain(items, connection);
  return problem;
}

// The end of the body follows [DONE] at once; a server that leaves it open loses its connection.
const drainMs = 250;

/** Reads what follows the answer, so that the connection can carry the next call. */
async function drain(items: AsyncIterator<StreamItem>, connection: AbortController): Promise<void> {
  const timer = setTimeout(() => connection.abort(), drainMs);
  let next = await items.next();
  while (next.done !== true) next = await items.next();
  clearTimeout(timer);
}
