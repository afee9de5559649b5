// A fold over a transcript that grows: what was folded up to a link is not folded again. Remembered are the end of the last
// transcript, the one that it went on from (an edit replaces the last entry) and the link to keep (a rollback returns to it).

import type { Entry, Transcript } from '../conversation/transcript.ts';

export interface Folding<T> {
  readonly from: T;
  readonly step: (folded: T, entry: Entry) => T;
  /** Whether what was folded up to a link is still what it would be today; by default it is. */
  readonly holds?: (folded: T) => boolean;
}

export type TranscriptFold<T> = (transcript: Transcript | undefined, keep: Transcript | undefined, folding: Folding<T>) => T;

export const createTranscriptFold = <T>(): TranscriptFold<T> => {
  let known = new Map<Transcript, T>();
  const isKnown = (link: Transcript, holds: (folded: T) => boolean): boolean => {
    const folded = known.get(link);
    return folded !== undefined && holds(folded);
  };
  return (transcript, keep, { from, step, holds = () => true }) => {
    const fresh: Transcript[] = [];
    let link = transcript;
    for (; link !== undefined && !isKnown(link, holds); link = link.before) fresh.push(link);
    let folded = (link && known.get(link)) ?? from;
    known = new Map([...known].filter(([one]) => one === link || one === keep));
    for (const one of fresh.reverse()) {
      folded = step(folded, one.entry);
      if (one === keep || one === transcript) known.set(one, folded);
    }
    return folded;
  };
};
