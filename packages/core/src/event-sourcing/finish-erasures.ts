// Erasures that died between a tombstone and the contents before it. Somebody was told that they are gone, or was told nothing:
// either way nobody may have to ask again.

import type { Erasure } from '../ports/erasure.ts';
import { eraseConversation } from './erase-conversation.ts';
import type { Engine } from './handle.ts';

const most = 100;

/**
 * Does what is left to do after tombstones of before a time (ISO 8601), to forks as was asked, and says of which conversations.
 * To finish what somebody is still at does no harm.
 */
export const finishErasures = async (
  { engine, erasure }: { readonly engine: Engine; readonly erasure: Erasure },
  before: string,
): Promise<readonly string[]> => {
  const unfinished = await erasure.unfinished(before, most);
  for (const { id, forks } of unfinished)
    await eraseConversation({ engine, erasure }, id, {
      forks,
      envelopeOf: (conversationId) => ({ conversationId, commandId: `FinishErasure:${id}` }),
    });
  return unfinished.map(({ id }) => id);
};
