// A simulation told to a person.

import type { LogEntry } from '@turnlog/core';
import { type Coverage, guarantees, plannedFaults } from './coverage.ts';

export const coverageTable = (coverage: Coverage): readonly (readonly [name: string, count: number])[] =>
  [...plannedFaults, ...guarantees].map((name) => [name, coverage.of(name)]);

const maxDataLength = 160;

/** One line an event: when, whose, and what. */
export const logLines = (log: readonly LogEntry[]): readonly string[] =>
  log.map(({ conversationId, event }) => {
    const { version, recordedAt, type } = event;
    const data = type === 'ToolsListed' ? '' : JSON.stringify(event.data);
    return `${recordedAt.slice(11)} ${conversationId.slice(0, 8)} ${String(version).padStart(3)} ${type} ${data.slice(0, maxDataLength)}`;
  });
