// G3, the other half: what the model reads of a call is true. Whether a call was made is told by what the outside felt; whether it
// may have been, by the attempts that the log shows at that version, inherited ones included.

import type { Recorded } from '@turnlog/core';
import { startsOf } from './audit-effects.ts';
import type { Evidence, Message } from './evidence.ts';
import type { Findings } from './findings.ts';
import { callOf, inheritedBy, type Of } from './reading.ts';

/** What the model reads where a call was not made. */
const notMade = /was not (made|called|executed)/;
const forkedHere = 'The conversation was forked here';
const mayHave = 'it may have happened or not';
/** A conversation may cut what its model reads, the engine's words too: the rest of them says nothing. */
const isCut = (text: string): boolean => text.includes('[truncated: ');

export const auditWords = (evidence: Evidence, findings: Findings): void => {
  const ran = runsByClaim(evidence);
  for (const [id, events] of evidence.conversations) {
    const histories = evidence.replays.get(id)?.histories ?? [];
    auditNotMade(id, events, histories, ran, findings);
    if (inheritedBy(events) > 0) auditFork(id, events, histories[inheritedBy(events) + 1] ?? [], findings);
  }
};

/** How often a tool ran for an attempt: the last one that its worker had started when it ran. */
const runsByClaim = ({ effects, log }: Evidence): ReadonlyMap<string, number> => {
  const runs = new Map<string, number>();
  for (const { effectId, worker, logLength } of effects) {
    const claim = startsOf(log.slice(0, logLength), effectId).findLast(({ event }) => event.data.worker === worker)?.event.data
      .claim;
    if (claim !== undefined) runs.set(claim, (runs.get(claim) ?? 0) + 1);
  }
  return runs;
};

const startsOfCall = (events: readonly Recorded[], callId: string): readonly Of<'AttemptStarted'>[] =>
  events.filter(
    (event): event is Of<'AttemptStarted'> =>
      event.type === 'AttemptStarted' && event.data.effectId !== undefined && callOf(events, event.data.step)?.callId === callId,
  );

/** At the last version that says so, as more attempts may have begun by then. */
const auditNotMade = (
  id: string,
  events: readonly Recorded[],
  histories: readonly (readonly Message[])[],
  ran: ReadonlyMap<string, number>,
  findings: Findings,
): void => {
  const said = new Map<string, { readonly callId: string; readonly text: string; readonly version: number }>();
  for (let version = inheritedBy(events) + 1; version < histories.length; version++)
    for (const { role, tool_call_id: callId = '', content } of histories[version] ?? [])
      if (role === 'tool' && content !== null && notMade.test(content))
        said.set(`${callId} ${content}`, { callId, text: content, version });
  for (const { callId, text, version } of said.values()) {
    const starts = startsOfCall(events.slice(0, version), callId);
    const times = starts.reduce((sum, { data }) => sum + (ran.get(data.claim) ?? 0), 0);
    // Nothing can have run where nothing was started.
    if (starts.length > 0)
      findings.check(
        'G3 what the model reads as not made did not run',
        times === 0,
        () => `${id}, ${callId}: ran ${times} times; the model reads: ${text}`,
      );
  }
};

/** Calls that were open where the fork was made: those that had started may have happened, the others had not. */
const auditFork = (id: string, events: readonly Recorded[], messages: readonly Message[], findings: Findings): void => {
  const prefix = events.slice(0, inheritedBy(events));
  for (const { role, tool_call_id: callId = '', content } of messages) {
    if (role !== 'tool' || !content?.startsWith(forkedHere) || isCut(content)) continue;
    const mayHaveHappened = startsOfCall(prefix, callId).some(({ data }) => !isKnownAsNotSent(prefix, data.claim));
    findings.check(
      'G3 a fork tells the truth of calls that were open',
      content.includes(mayHave) === mayHaveHappened && notMade.test(content) !== mayHaveHappened,
      () => `${id}, ${callId}: it may ${mayHaveHappened ? '' : 'not '}have happened; the model reads: ${content}`,
    );
    findings.saw(mayHaveHappened ? 'fork of a call that had started' : 'fork of a call that had not started');
  }
};

const isKnownAsNotSent = (events: readonly Recorded[], claim: string): boolean =>
  events.some((event) => event.type === 'AttemptFailed' && event.data.claim === claim && event.data.sent !== true);
