// A trace file as the events that importing it would write, without a log to write them to.

import { createHash } from 'node:crypto';
import { currentSchemaVersion, decide, initialState, type Recorded } from '@turnlog/core';
import { type ImportSettings, importCommand, importedId } from './import-command.ts';
import type { ReadTrace } from './read-trace.ts';

const unknownTime = '1970-01-01T00:00:00.000Z';

/** Throws CommandRejected where the messages are no history. */
export const importedEvents = (trace: ReadTrace, settings: ImportSettings): readonly Recorded[] => {
  const now = trace.createdAt ?? unknownTime;
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const environment = { conversationId: importedId(trace), now, sha256 };
  return decide(importCommand(trace, settings), initialState, environment).map((event, index) => ({
    ...event,
    version: index + 1,
    recordedAt: now,
    schemaVersion: currentSchemaVersion,
  }));
};
