// Puts fragments of tool calls together although servers miss, repeat or zero the index, and miss, empty or change the id.
// A fragment goes to the call it continues; only a sign of a further call opens one.

import type { ReceivedMessage } from '@turnlog/core';
import type { ModelDelta } from '../ports/model-client.ts';
import { asRecord, asText, isRecord } from './wire-value.ts';

export interface ToolCallSlots {
  /** Takes one entry of `delta.tool_calls`; gives what may be shown of it, once its name is known. */
  add(entry: unknown): ModelDelta | undefined;
  readonly isEmpty: boolean;
  /** Gives the named calls in the order of their names' arrival, and says what was dropped. */
  finish(): { readonly toolCalls: ReceivedMessage['toolCalls']; readonly dropped: readonly string[] };
}

interface Fragment {
  readonly index: number | undefined;
  readonly id: string;
  readonly name: string;
  readonly args: string;
  /** The arguments came as a JSON value, so they are whole (llama.cpp#20198, text-generation-inference#2136). */
  readonly isWhole: boolean;
}

interface Slot {
  readonly index: number | undefined;
  id: string;
  name: string;
  args: string;
  /** Its place among the named calls. */
  ordinal?: number;
  shownLength: number;
}

export function createToolCallSlots(): ToolCallSlots {
  const slots: Slot[] = [];
  const dropped: string[] = [];
  let named = 0;

  function slotFor(fragment: Fragment): Slot {
    const known = findSlot(slots, fragment);
    if (known !== undefined && !opensCall(known, fragment)) return known;
    const slot: Slot = { index: fragment.index, id: '', name: '', args: '', shownLength: 0 };
    slots.push(slot);
    return slot;
  }

  return {
    add(entry) {
      const fragment = readFragment(entry);
      if (fragment === undefined) {
        dropped.push('a tool call that is no object was dropped');
        return undefined;
      }
      const slot = slotFor(fragment);
      if (!extend(slot, fragment)) dropped.push(`further arguments of the tool call "${slot.name}" were dropped`);
      if (slot.name === '') return undefined;
      const isFirst = slot.ordinal === undefined;
      slot.ordinal ??= named++;
      return show(slot, isFirst, slot.ordinal);
    },
    get isEmpty() {
      return named === 0;
    },
    finish() {
      const nameless = slots.filter((slot) => slot.ordinal === undefined).map(describeNameless);
      return { toolCalls: slots.filter(isNamed).sort(byOrdinal).map(received), dropped: [...dropped, ...nameless] };
    },
  };
}

function readFragment(entry: unknown): Fragment | undefined {
  if (!isRecord(entry)) return undefined;
  const call = asRecord(entry.function);
  const args = call.arguments ?? '';
  return {
    index: typeof entry.index === 'number' ? entry.index : undefined,
    id: asText(entry.id),
    name: asText(call.name),
    args: typeof args === 'string' ? args : JSON.stringify(args),
    isWhole: typeof args !== 'string',
  };
}

/** The slot the fragment may continue: by index and id, by index, or without an index by id, else the last. */
function findSlot(slots: readonly Slot[], { index, id, name }: Fragment): Slot | undefined {
  const sameId = (slot: Slot) => id !== '' && slot.id === id;
  if (index === undefined) return slots.findLast(sameId) ?? slots.at(-1);
  const atIndex = slots.filter((slot) => slot.index === index);
  const found = atIndex.findLast(sameId) ?? atIndex.at(-1);
  if (found !== undefined || id !== '' || name !== '') return found;
  return slots.findLast((slot) => slot.index === undefined);
}

/** Whether the fragment begins another call, although index or order point at this one. */
function opensCall(slot: Slot, fragment: Fragment): boolean {
  const { id, name, args } = fragment;
  if (id !== '' && slot.id !== '' && id !== slot.id) {
    // A new id on every fragment is no sign (OCI through litellm#40040), unless a name or a finished call says so (Ollama).
    return name !== '' || isWholeJson(slot.args);
  }
  if (name === '') return id !== slot.id && id !== '' && args.trim() !== '' && isWholeJson(slot.args);
  if (slot.name === '') return false;
  if (name !== slot.name) return true;
  if (fragment.index === undefined && !repeatsName(slot, fragment)) return true;
  // The name alone again is the same call (llama.cpp#12379); with new arguments after whole ones it is the next (lmdeploy#3412).
  return args.trim() !== '' && !(fragment.isWhole && args === slot.args) && isWholeJson(slot.args);
}

/** Without an index, a name opens a call unless the id or unfinished arguments say that it only came again. */
function repeatsName(slot: Slot, { id }: Fragment): boolean {
  if (id !== '') return id === slot.id;
  return slot.args.trim() !== '' && !isWholeJson(slot.args);
}

function extend(slot: Slot, { id, name, args, isWhole }: Fragment): boolean {
  if (slot.id === '') slot.id = id;
  if (slot.name === '') slot.name = name;
  if (isWhole && slot.args.trim() !== '') return args === slot.args;
  slot.args += args;
  return true;
}

function show(slot: Slot, isFirst: boolean, index: number): ModelDelta | undefined {
  const rest = slot.args.slice(slot.shownLength);
  slot.shownLength = slot.args.length;
  if (!isFirst && rest === '') return undefined;
  return { toolCall: { index, ...(isFirst && { name: slot.name }), ...(rest !== '' && { arguments: rest }) } };
}

/** Whether the text is a finished object, array or string: `1` may still become `12`. */
function isWholeJson(text: string): boolean {
  if (!/[}\]"]\s*$/.test(text.slice(-16))) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const isNamed = (slot: Slot): boolean => slot.ordinal !== undefined;
const byOrdinal = (a: Slot, b: Slot): number => (a.ordinal ?? 0) - (b.ordinal ?? 0);
const received = ({ id, name, args }: Slot) => ({ ...(id !== '' && { providerId: id }), name, arguments: args });
const describeNameless = ({ id, args }: Slot): string =>
  `a tool call without a name was dropped (id "${id.slice(0, 64)}", arguments "${args.slice(0, 200)}")`;
