// G1, G4 and G5: numbers without gaps, commands once, readers who miss nothing, and writes that were promised.

import type { LogEntry } from '@turnlog/core';
import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import { inheritedBy } from './reading.ts';

export const auditLog = (evidence: Evidence, findings: Findings): void => {
  const { conversations, acknowledged } = evidence;
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
  auditReader(evidence, findings);
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

const rule = 'G4 a reader of the whole log misses nothing that commits late';

/**
 * Put to the test by what committed after something that stands behind it: whoever had read that far must still come to it. A fork
 * whose prefix became its own, since what it shared was erased, comes once more with that.
 */
const auditReader = (evidence: Evidence, findings: Findings): void => {
  const { log, followed, readAtOnce, conversations, detached } = evidence;
  const seen = new Map<string, number>();
  for (const entry of followed) seen.set(placeOf(entry), (seen.get(placeOf(entry)) ?? 0) + 1);
  const times = (entry: LogEntry) => seen.get(placeOf(entry)) ?? 0;
  for (const entry of late(log))
    findings.check(rule, times(entry) === 1, () => `${placeOf(entry)} committed late and was seen ${times(entry)} times`);
  const inherited = (id: string) => inheritedBy(conversations.get(id) ?? []);
  const next = new Map<string, number>();
  for (const entry of followed) {
    const { conversationId, event } = entry;
    const isCopy = event.version <= inherited(conversationId);
    const key = `${conversationId} ${isCopy ? 'copies' : 'own'}`;
    const expected = next.get(key) ?? (isCopy ? 1 : inherited(conversationId) + 1);
    findings.must(rule, event.version === expected, () => `${placeOf(entry)} came where ${expected} was expected`);
    next.set(key, event.version + 1);
  }
  const copies = [...detached].reduce((sum, id) => sum + inherited(id), 0);
  const isSame = readAtOnce.map(placeOf).join() === followed.map(placeOf).join();
  findings.must(
    rule,
    isSame && log.length + copies === followed.length,
    () =>
      `a reader who followed saw ${followed.length} events, one from the beginning ${readAtOnce.length}; there are ${log.length} and ${copies} copies`,
  );
};

/** What was committed after an event of a higher position. */
const late = (log: readonly LogEntry[]): readonly LogEntry[] => {
  let highest = 0;
  return log.filter(({ cursor }) => {
    const position = Number(cursor.position);
    const isLate = position < highest;
    highest = Math.max(highest, position);
    return isLate;
  });
};
