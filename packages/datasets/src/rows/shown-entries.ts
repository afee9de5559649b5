// What a trace shows: the history without a round that still waits for answers.

import { type ConversationState, type Entry, entriesOf } from '@turnlog/core';

export const shownEntries = ({ transcript }: ConversationState): readonly Entry[] => {
  const entries = entriesOf(transcript);
  const last = entries.at(-1);
  return last?.kind === 'assistant' && last.message.toolCalls.length > 0 ? entries.slice(0, -1) : entries;
};
