// Erasing from end to end: a tombstone through the engine, then the contents out of the log. Every step may be repeated, so an
// erasure that was cut short is finished by asking for it again, or by a worker (`finish-erasures.ts`).

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

interface EraseOptions {
  readonly forks: ForksOfErased;
  readonly envelopeOf: (conversationId: string) => Envelope;
}

/** Rejects as the engine does: where there is no such conversation, for example. */
export const eraseConversation = async (
  { engine, erasure }: EraseDependencies,
  id: string,
  { forks, envelopeOf }: EraseOptions,
): Promise<EraseResult> => {
  // It says what is to become of the forks: whoever finishes what is begun here must know.
  const command = { type: 'EraseConversation', ...(forks === 'erase' && { forks }) } as const;
  const tombstone = (one: string) => engine.handle(command, envelopeOf(one));
  const eraseContents = async (one: string) => {
    const { detached } = await erasure.erase(one);
    engine.forget(one);
    return detached;
  };
  const hasTombstone = async () => (await engine.load(id, { fresh: true })).phase === 'erased';

  const living = (await erasure.readersOf(id)).filter(({ isErased }) => !isErased).map((reader) => reader.id);
  // A fork that came before the tombstone is no reason to leave the contents behind it.
  if (forks === 'refuse' && living.length > 0 && !(await hasTombstone())) return { type: 'shared', forks: living };
  const { version } = await tombstone(id);
  const erased = [id];

  /**
   * Looked for once the tombstone stands, as nobody forks this conversation any more, and until there are none: forks of forks read
   * it too. Those that have a tombstone already were left half erased, here or by another delivery of the request.
   */
  const eraseReaders = async () => {
    for (;;) {
      const readers = (await erasure.readersOf(id)).filter(({ isErased }) => isErased || forks === 'erase');
      if (readers.length === 0) return;
      for (const reader of readers) await tombstone(reader.id);
      for (const reader of readers) await eraseContents(reader.id);
      erased.push(...readers.map((reader) => reader.id));
    }
  };
  await eraseReaders();
  // Its own contents last: until then a repetition finds the forks that are still to be erased.
  const detached = await eraseContents(id);
  await eraseReaders();
  return { type: 'erased', version, erased, detached };
};
