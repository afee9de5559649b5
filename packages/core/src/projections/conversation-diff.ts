// Where two conversations part, and what each of them says from there on.

import { fold } from '../conversation/evolve.ts';
import type { Recorded } from '../event-sourcing/recorded-event.ts';
import { type ViewMessage, viewConversation } from './conversation-view.ts';

export interface DiffMessage {
  readonly change: 'same' | 'only_here' | 'only_there';
  readonly message: ViewMessage;
}

export interface ConversationDiff {
  /** The first version that the two do not share; null if they are the same in every version. */
  readonly divergesAt: number | null;
  readonly versions: { readonly here: number; readonly there: number };
  /** In the order in which they would be read; `same` messages stand once, with their version here. */
  readonly messages: readonly DiffMessage[];
}

export const diffConversations = (here: readonly Recorded[], there: readonly Recorded[]): ConversationDiff => ({
  divergesAt: divergesAt(here, there),
  versions: { here: here.length, there: there.length },
  messages: diffMessages(messagesOf(here), messagesOf(there)),
});

const divergesAt = (here: readonly Recorded[], there: readonly Recorded[]): number | null => {
  const index = here.findIndex((event, place) => textOf(event) !== textOf(there[place]));
  if (index !== -1) return index + 1;
  return here.length === there.length ? null : here.length + 1;
};

/** A command id may have stayed with the parent when a prefix was copied: it makes no other event. */
const textOf = (event: Recorded | undefined): string =>
  event === undefined ? '' : JSON.stringify([event.type, event.recordedAt, event.data]);

const messagesOf = (events: readonly Recorded[]): readonly ViewMessage[] => viewConversation('', fold(events)).messages;

const keyOf = ({ version: _, ...message }: ViewMessage): string => JSON.stringify(message);

/** Beyond this many comparisons the middle is shown as two blocks: nobody reads such a difference line by line. */
const maxComparisons = 4_000_000;

/** The longest common subsequence of the messages, after what is the same at both ends. */
const diffMessages = (here: readonly ViewMessage[], there: readonly ViewMessage[]): readonly DiffMessage[] => {
  const [a, b] = [here.map(keyOf), there.map(keyOf)];
  const shorter = Math.min(a.length, b.length);
  let head = 0;
  while (head < shorter && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
  return [
    ...here.slice(0, head).map(same),
    ...diffMiddle(here.slice(head, here.length - tail), there.slice(head, there.length - tail)),
    ...here.slice(here.length - tail).map(same),
  ];
};

const same = (message: ViewMessage): DiffMessage => ({ change: 'same', message });
const onlyHere = (message: ViewMessage): DiffMessage => ({ change: 'only_here', message });
const onlyThere = (message: ViewMessage): DiffMessage => ({ change: 'only_there', message });

const diffMiddle = (here: readonly ViewMessage[], there: readonly ViewMessage[]): readonly DiffMessage[] => {
  if (here.length * there.length > maxComparisons) return [...here.map(onlyHere), ...there.map(onlyThere)];
  const common = commonLengths(here.map(keyOf), there.map(keyOf));
  const found: DiffMessage[] = [];
  let [i, j] = [0, 0];
  while (i < here.length || j < there.length) {
    const [mine, theirs] = [here[i], there[j]];
    const [skipMine, skipTheirs] = [common[i + 1]?.[j] ?? -1, common[i]?.[j + 1] ?? -1];
    if (mine !== undefined && theirs !== undefined && keyOf(mine) === keyOf(theirs)) {
      found.push(same(mine));
      i += 1;
      j += 1;
    } else if (mine !== undefined && (theirs === undefined || skipMine >= skipTheirs)) {
      found.push(onlyHere(mine));
      i += 1;
    } else if (theirs !== undefined) {
      found.push(onlyThere(theirs));
      j += 1;
    }
  }
  return found;
};

/** `[i][j]`: how many messages `a` from `i` on and `b` from `j` on have in common, in order. */
const commonLengths = (a: readonly string[], b: readonly string[]): readonly (readonly number[])[] => {
  const lengths = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const row = lengths[i];
      if (row === undefined) continue;
      const below = lengths[i + 1];
      row[j] = a[i] === b[j] ? (below?.[j + 1] ?? 0) + 1 : Math.max(below?.[j] ?? 0, row[j + 1] ?? 0);
    }
  return lengths;
};
