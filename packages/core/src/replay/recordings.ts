// The results that a conversation holds of its tool calls, by what was called: what a cassette answers with.

import { canonicalJson } from '../conversation/canonical-json.ts';
import type { ToolStep } from '../conversation/events.ts';
import { evolve } from '../conversation/evolve.ts';
import type { AssistantMessage, ToolResult } from '../conversation/messages.ts';
import { type ConversationState, findStep, findTool, initialState, type ToolSnapshot } from '../conversation/state.ts';
import { parseArguments } from '../conversation/tool-arguments.ts';
import type { Entry, Transcript } from '../conversation/transcript.ts';
import type { Recorded } from '../event-sourcing/recorded-event.ts';

export interface Recordings {
  /**
   * The result of the same call, however its arguments were written down. The `occurrence`-th time (from 0) that it is made
   * gets what it returned the `occurrence`-th time; after the last one, that one again. Undefined: it was never recorded.
   */
  find(call: RecordedCall, occurrence: number): ToolResult | undefined;
}

export type RecordedCall = Pick<ToolStep, 'server' | 'tool' | 'arguments'>;

/** The same for two calls of one tool whose arguments are the same JSON value. */
export const callKey = ({ server, tool, arguments: raw }: RecordedCall): string => {
  const parsed = parseArguments(raw);
  return JSON.stringify([server, tool, parsed.ok ? canonicalJson(parsed.value) : raw]);
};

/** Of a prefix, from version 1 on. A call without a known result (rejected, lost, cancelled) is no recording. */
export const recordingsOf = (events: Iterable<Recorded>): Recordings => {
  const results = new Map<string, ToolResult[]>();
  let state = initialState;
  for (const event of events) {
    const found = resultOf(event);
    const call = found && findStep(state, found.step)?.call;
    if (found && call) addTo(results, callKey(call), found.result);
    state = evolve(state, event);
  }
  return {
    find: (call, occurrence) => {
      const recorded = results.get(callKey(call));
      return recorded?.[Math.min(occurrence, recorded.length - 1)];
    },
  };
};

const addTo = (results: Map<string, ToolResult[]>, key: string, result: ToolResult): void => {
  const before = results.get(key);
  if (before === undefined) results.set(key, [result]);
  else before.push(result);
};

const resultOf = ({ type, data }: Recorded): { readonly step: number; readonly result: ToolResult } | undefined => {
  if (type === 'ToolReturned') return data;
  if (type === 'ToolOutcomeDecided' && data.result !== undefined) return { step: data.step, result: data.result };
  return undefined;
};

/** How often the model has asked for the same call before, in this conversation. Asked call after call, it reads what is new. */
export const createOccurrences = (): ((call: ToolStep, state: ConversationState) => number) => {
  let read: { readonly end?: Transcript; readonly tools?: ToolSnapshot | undefined } = {};
  let counts = new Map<string, number>();
  let places = new Map<string, number>();
  const note = (message: AssistantMessage, state: ConversationState): void => {
    for (const { id, name, arguments: raw } of message.toolCalls) {
      const { server = '', tool = name } = findTool(state, name) ?? {};
      const key = callKey({ server, tool, arguments: raw });
      const before = counts.get(key) ?? 0;
      counts.set(key, before + 1);
      places.set(id, before);
    }
  };
  return (call, state) => {
    const { transcript, tools } = state;
    const fresh: Entry[] = [];
    let link = transcript;
    for (; link !== undefined && (link !== read.end || tools !== read.tools); link = link.before) fresh.push(link.entry);
    if (link === undefined) [counts, places] = [new Map(), new Map()];
    for (const entry of fresh.reverse()) if (entry.kind === 'assistant') note(entry.message, state);
    read = { ...(transcript && { end: transcript }), tools };
    return places.get(call.callId) ?? counts.get(callKey(call)) ?? 0;
  };
};
