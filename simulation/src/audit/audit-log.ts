// G1, G4 and G5: numbers without gaps, commands once, readers who miss nothing, and writes that were promised.

import type { LogEntry } from '@turnlog/core';
import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';

export const auditLog = ({ log, followed, conversations, acknowledged }: Evidence, findings: Findings): void => {
  for (const [id, events] of conversations) {
    const commands = new Set<string>();
    let recordedAt = '';
    for (const [index, event] of events.entries()) {
      findings.check(
        'G1 versions have no gap and no double',
        event.version === index + 1 && event.recordedAt >= recordedAt,
        () => `${id} holds version ${event.version} of ${event.recordedAt} in place ${index + 1}`,
      );
      recordedAt = event.recordedAt;
      if (event.commandId === undefined) continue;
      findings.check('G1 one command id once', !commands.has(event.commandId), () => `${id} holds ${event.commandId} twice`);
      commands.add(event.commandId);
    }
  }
  auditReader(log, followed, conversations, findings);
  for (const { conversationId, commandId, version } of acknowledged) {
    const stored = conversations.get(conversationId)?.find((event) => event.commandId === commandId);
    findings.check(
      'G5 acknowledged writes are in the log',
      stored !== undefined && stored.version <= version,
      () =>
        `${conversationId} was told that ${commandId} is done by version ${version}; it is ${stored ? `at ${stored.version}` : 'nowhere'}`,
    );
  }
};

const placeOf = ({ conversationId, event }: LogEntry): string => `${conversationId}:${event.version}`;

const auditReader = (
  log: readonly LogEntry[],
  followed: readonly LogEntry[],
  conversations: Evidence['conversations'],
  findings: Findings,
): void => {
  const next = new Map<string, number>();
  for (const entry of followed) {
    const expected = next.get(entry.conversationId) ?? 1;
    findings.check(
      'G4 a reader of the whole log sees every event once',
      entry.event.version === expected,
      () => `${placeOf(entry)} came where ${expected} was expected`,
    );
    next.set(entry.conversationId, entry.event.version + 1);
  }
  const total = [...conversations.values()].reduce((sum, events) => sum + events.length, 0);
  const isSame =
    log.length === followed.length && log.every((entry, index) => placeOf(entry) === placeOf(followed[index] ?? entry));
  findings.check(
    'G4 a reader of the whole log sees every event once',
    isSame && log.length === total,
    () =>
      `a reader who followed saw ${followed.length} events, one from the beginning ${log.length}, the conversations hold ${total}`,
  );
};
