// What two answers must share to be compared: the messages and tools that their model saw, as they were sent.

import type { RowOptions } from './projection.ts';
import type { ReadMember } from './read-family.ts';
import type { RecordedAnswer } from './recorded-answers.ts';
import { promptOf } from './row-common.ts';
import { createMessageReader } from './row-message.ts';
import { toolsOf } from './row-tools.ts';

/** Made of what was sent alone, so that forks and samples of one prompt share it wherever they stand. */
export const createPrefixHash = ({ state }: ReadMember, { sha256 }: Pick<RowOptions, 'sha256'>) => {
  const messages = createMessageReader(state.truncate, 'raw');
  return (answer: RecordedAnswer): string =>
    sha256(JSON.stringify([promptOf(answer, messages, 'as-sent'), toolsOf(answer.asked)]));
};
