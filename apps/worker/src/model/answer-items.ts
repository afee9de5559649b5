// An answer as items, however the server chose to send it.

import type { ModelDelta } from '../ports/model-client.ts';
import type { Accumulator } from './accumulate.ts';
import type { ModelProblem } from './model-failure.ts';
import { chunkItem, parseJson, type StreamItem, sseItems } from './sse-items.ts';
import { asRecord, isRecord } from './wire-value.ts';

/** Streams are read as they come; a server that ignores `stream: true` sends one JSON text, which becomes one chunk. */
export async function* answerItems(response: Response): AsyncGenerator<StreamItem, void, undefined> {
  if (response.body === null) return;
  if (!/^application\/([\w.-]+\+)?json\b/i.test(response.headers.get('content-type') ?? '')) {
    yield* sseItems(response.body);
    return;
  }
  yield await wholeItem(response);
}

async function wholeItem(response: Response): Promise<StreamItem> {
  const text = await response.text().catch((error: unknown) => ({ error }));
  if (typeof text !== 'string') return { type: 'problem', problem: { type: 'network', error: text.error } };
  const parsed = parseJson(text);
  if (parsed !== undefined) return chunkItem(wholeAsChunk(parsed.value));
  return { type: 'problem', problem: { type: 'incomplete', detail: `the answer is not JSON: ${text.slice(0, 200)}` } };
}

/** Turns a whole answer into the chunk that says the same. Every entry is a call of its own, whatever its id. */
export function wholeAsChunk(answer: unknown): unknown {
  if (!isRecord(answer) || !Array.isArray(answer.choices)) return answer;
  const choices = answer.choices.filter(isRecord).map(({ message, ...choice }) => {
    const { tool_calls: calls, ...rest } = asRecord(message);
    const indexed = Array.isArray(calls) ? calls.map((call, index) => ({ ...asRecord(call), index })) : undefined;
    return { ...choice, delta: { ...rest, ...(indexed !== undefined && { tool_calls: indexed }) } };
  });
  return { ...answer, choices };
}

/** Adds chunks up to the end of the answer or the first problem, which it gives. */
export async function accumulateItems(
  items: AsyncIterator<StreamItem>,
  accumulator: Accumulator,
  chunkAdded: (deltas: readonly ModelDelta[]) => void,
): Promise<ModelProblem | undefined> {
  for (;;) {
    const { done, value: item } = await items.next();
    if (done === true || item.type === 'done') return undefined;
    if (item.type === 'problem') return item.problem;
    chunkAdded(accumulator.add(item.chunk));
  }
}
