// Erasing from end to end: a tombstone through the engine, then the contents out of the log. Every step may be repeated, so an
// erasure that was cut short is finished by asking for it again.

import type { Erasure } from '../ports/erasure.ts';
import type { Engine, Envelope } from './handle.ts';

/** What becomes of the forks that share the prefix. */
export type ForksOfErased = 'refuse' | 'detach' | 'erase';

export type EraseResult =
  /** Nothing was erased: these forks read its events. */
  | { readonly type: 'shared'; readonly forks: readonly string[] }
  | {
      readonly type: 'erased';
      readonly version: number;
      readonly erased: readonly string[];
      readonly detached: readonly string[];
    };

interface EraseDependencies {
  readonly engine: Engine;
  readonly erasure: Erasure;
}

/** Rejects as the engine does: where there is no such conversation, for example. */
export const eraseConversation = async (
  { engine, erasure }: EraseDependencies,
  id: string,
  { forks, envelopeOf }: { readonly forks: ForksOfErased; readonly envelopeOf: (conversationId: string) => Envelope },
): Promise<EraseResult> => {
  const readers = await erasure.readersOf(id);
  const living = readers.filter(({ isErased }) => !isErased).map((reader) => reader.id);
  if (forks === 'refuse' && living.length > 0) return { type: 'shared', forks: living };
  // Those that have a tombstone and are still read from were left half erased.
  const others = readers.filter(({ isErased }) => isErased || forks === 'erase').map((reader) => reader.id);
  const { version } = await engine.handle({ type: 'EraseConversation' }, envelopeOf(id));
  for (const other of others) await engine.handle({ type: 'EraseConversation' }, envelopeOf(other));
  const detached: string[] = [];
  // Its own contents last: until then a repetition finds the forks that are still to be erased.
  for (const one of [...others, id]) {
    detached.push(...(await erasure.erase(one)).detached);
    engine.forget(one);
  }
  return { type: 'erased', version, erased: [id, ...others], detached };
};
