// The items of an SSE body: parsed chunks, errors, the end. A broken connection and broken JSON are items too, so that
// whoever reads them never catches.

import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { ModelProblem } from './model-failure.ts';
import { asRecord, isRecord } from './wire-value.ts';

export type StreamItem =
  | { readonly type: 'chunk'; readonly chunk: unknown }
  /** `[DONE]`: nothing after it counts, even if the server leaves the connection open. */
  | { readonly type: 'done' }
  | { readonly type: 'problem'; readonly problem: ModelProblem };

/** Reads to the end; whoever opened the connection closes it. */
export async function* sseItems(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamItem, void, undefined> {
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  const decoder = new TextDecoder();
  const source = body[Symbol.asyncIterator]();
  for (;;) {
    const read = await readFrom(source);
    if (read.type === 'problem') {
      yield read;
      return;
    }
    // Two line ends complete an event whose server stops without the empty line.
    parser.feed(read.type === 'end' ? `${decoder.decode()}\n\n` : decoder.decode(read.bytes, { stream: true }));
    for (const event of events.splice(0)) if (event.data !== '') yield itemOf(event);
    if (read.type === 'end') return;
  }
}

type Read =
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'end' }
  | Extract<StreamItem, { type: 'problem' }>;

async function readFrom(source: AsyncIterator<Uint8Array>): Promise<Read> {
  try {
    const next = await source.next();
    return next.done === true ? { type: 'end' } : { type: 'bytes', bytes: next.value };
  } catch (error) {
    return { type: 'problem', problem: { type: 'network', error } };
  }
}

function itemOf({ event, data }: EventSourceMessage): StreamItem {
  if (data.trim() === '[DONE]') return { type: 'done' };
  const parsed = parseJson(data);
  if (parsed === undefined) {
    return {
      type: 'problem',
      problem: { type: 'incomplete', detail: `a chunk of the stream is not JSON: ${data.slice(0, 200)}` },
    };
  }
  return event === 'error' ? errorItem(parsed) : chunkItem(parsed.value);
}

function errorItem({ value }: { readonly value: unknown }): StreamItem {
  return { type: 'problem', problem: { type: 'error_in_answer', error: value } };
}

/** A chunk, unless it carries an error: at the top, flat (vLLM), in the choice, or as the finish reason alone (OpenRouter). */
export function chunkItem(chunk: unknown): StreamItem {
  if (!isRecord(chunk)) return { type: 'chunk', chunk };
  const choice = asRecord(Array.isArray(chunk.choices) ? chunk.choices[0] : undefined);
  const error = chunk.error || (chunk.object === 'error' ? chunk : undefined) || choice.error;
  if (error) return errorItem({ value: error });
  if (choice.finish_reason === 'error') return errorItem({ value: 'the finish reason is "error"' });
  return { type: 'chunk', chunk };
}

export function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
