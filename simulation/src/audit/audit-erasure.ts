// What was erased is gone: contents, hashes and ids of requests. Versions, times and the tombstone stay. Whatever others hold is
// whole, forks that shared the prefix above all.

import type { Recorded } from '@turnlog/core';
import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import { inheritedBy, isErased, ownOf, tokensIn } from './reading.ts';

const rule = 'what was erased is gone, and nothing else';

export const auditErasure = (evidence: Evidence, findings: Findings): void => {
  const { conversations, stored, erased } = evidence;
  for (const told of erased) {
    findings.saw('person: erase');
    if (told.detached.length > 0) findings.saw('person: erase, its forks detached');
    if (told.erased.length > 1) findings.saw('person: erase, its forks too');
  }
  // Whoever asked for it asks again until the contents are gone, so no tombstone may stand alone.
  const gone = new Set([...conversations].filter(([, events]) => isErased(events)).map(([id]) => id));
  for (const id of erased.flatMap((told) => told.erased)) findings.must(rule, gone.has(id), () => `${id} has no tombstone`);
  for (const id of gone) auditTombstones(id, conversations.get(id) ?? [], stored.get(id) ?? [], findings);
  auditWholeLog(evidence, gone, findings);
  for (const [id, events] of conversations) {
    const parent = parentOf(events);
    if (parent === undefined || !gone.has(parent) || gone.has(id)) continue;
    // That it still holds what was recorded is `auditForks`' to say.
    const own = (stored.get(id) ?? []).length;
    findings.check(
      'a fork of an erased conversation keeps its past',
      own === events.length && own > inheritedBy(events),
      () => `${id} holds ${own} of ${events.length} versions`,
    );
  }
};

const parentOf = (events: readonly Recorded[]): string | undefined => {
  const forked = events[inheritedBy(events)];
  return forked?.type === 'ConversationForked' ? forked.data.parent.conversationId : undefined;
};

const auditTombstones = (id: string, recorded: readonly Recorded[], stored: readonly Recorded[], findings: Findings): void => {
  const placesOf = (events: readonly Recorded[]) =>
    JSON.stringify(events.map(({ version, recordedAt }) => [version, recordedAt]));
  findings.check(rule, placesOf(recorded) === placesOf(stored), () => `${id} does not keep its versions and times`);
  for (const { type, data, version } of stored) {
    const keys = Object.keys(data).join();
    const isBlank =
      type === 'ConversationErased'
        ? keys === '' || keys === 'forks'
        : type === 'ConversationForked' && keys === 'parent,supersede';
    findings.must(rule, isBlank, () => `${id}:${version} is still ${type} with ${keys}`);
  }
};

/** Texts that only erased conversations held are nowhere in the log, in whatever place. */
const auditWholeLog = ({ conversations, readAtOnce }: Evidence, gone: ReadonlySet<string>, findings: Findings): void => {
  if (gone.size === 0) return;
  const kept = new Set([...conversations].filter(([id]) => !gone.has(id)).flatMap(([, events]) => tokensIn(events)));
  const left = new Set(tokensIn(readAtOnce));
  for (const id of gone)
    for (const token of new Set(tokensIn(ownOf(conversations.get(id) ?? []))))
      if (!kept.has(token)) findings.check(rule, !left.has(token), () => `${token} of ${id} is still in the log`);
};
