// Erasures that died between a tombstone and the contents before it. Somebody was told that they are gone, or was told nothing:
// either way nobody may have to ask again.

import type { Erasure } from '../ports/erasure.ts';
import type { Engine } from './handle.ts';

const most = 100;

/**
 * Takes out the contents that were left behind tombstones of before a time (ISO 8601), and says of which conversations. To finish
 * what somebody is still at does no harm.
 */
export const finishErasures = async (
  { engine, erasure }: { readonly engine: Pick<Engine, 'forget'>; readonly erasure: Erasure },
  before: string,
): Promise<readonly string[]> => {
  const left = await erasure.unfinished(before, most);
  for (const id of left) {
    await erasure.erase(id);
    engine.forget(id);
  }
  return left;
};
