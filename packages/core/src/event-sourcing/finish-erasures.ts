// Erasures that died between a tombstone and the contents before it. Somebody was told that they are gone, or was told nothing:
// either way nobody may have to ask again.

import type { Erasure } from '../ports/erasure.ts';
import { type EraseResult, eraseConversation } from './erase-conversation.ts';
import type { Engine } from './handle.ts';

export type FinishedErasure =
  | { readonly id: string; readonly result: EraseResult }
  /** It is taken on again later. */
  | { readonly id: string; readonly error: unknown };

/** Does what is left to do after tombstones, to forks as was asked. To finish what somebody is still at does no harm. */
export const finishErasures = async (
  { engine, erasure }: { readonly engine: Engine; readonly erasure: Erasure },
  options: Parameters<Erasure['takeUnfinished']>[0],
): Promise<readonly FinishedErasure[]> => {
  const finished: FinishedErasure[] = [];
  for (const { id, forks } of await erasure.takeUnfinished(options)) {
    const envelopeOf = (conversationId: string) => ({ conversationId, commandId: `FinishErasure:${id}` });
    const done = eraseConversation({ engine, erasure }, id, { forks, envelopeOf });
    finished.push(
      await done.then(
        (result) => ({ id, result }),
        (error: unknown) => ({ id, error }),
      ),
    );
  }
  return finished;
};
