// A process that appends to conversations which others append to as well, and tells its parent what it was told.

import type { Append, AppendResult } from '@turnlog/core';
import { createDatabase } from '../create-database.ts';

const [url = '', writer = '', appends = '0', ...conversations] = process.argv.slice(2);

export interface Told {
  readonly conversationId: string;
  readonly commandId: string;
  readonly events: number;
  readonly result: AppendResult;
}

const database = createDatabase(url);
const versions = new Map<string, number>();
const told: Told[] = [];

const append = (conversationId: string, commandId: string, events: number): Append => {
  const expectedVersion = versions.get(conversationId) ?? 0;
  const recordedAt = '2026-03-01T12:00:00.000Z';
  return {
    conversationId,
    commandId,
    expectedVersion,
    recordedAt,
    events: Array.from({ length: events }, () => ({ type: 'FeedbackGiven', data: { comment: commandId } })),
    work: { put: [{ step: 1, attempt: expectedVersion + 1, dueAt: recordedAt }], drop: [] },
    summary: {
      version: expectedVersion + events,
      phase: 'idle',
      model: '',
      title: '',
      tags: [],
      turns: 0,
      steps: 0,
      usage: { promptTokens: 0, completionTokens: 0 },
      createdAt: recordedAt,
      updatedAt: recordedAt,
    },
  };
};

let next = 0;
const write = async (): Promise<void> => {
  while (next < Number(appends)) {
    next += 1;
    const one = append(conversations[next % conversations.length] ?? '', `${writer}-${next}`, 1 + (next % 3));
    const result = await database.store.append(one);
    // Nothing is remembered of a success: the next append here is stale on purpose.
    if (result.type === 'conflict') versions.set(one.conversationId, result.actual);
    told.push({ conversationId: one.conversationId, commandId: one.commandId, events: one.events.length, result });
  }
};

await Promise.all(Array.from({ length: 25 }, write));
await database.close();
process.send?.(told, () => process.disconnect());
