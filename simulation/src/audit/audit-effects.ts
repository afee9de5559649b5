// G3: what the outside felt, held against what the log had said until then. What a person must allow, what may be repeated, and
// that nothing is sent before the log says so; `audit-words.ts` holds what the model reads against the same.

import type { Recorded } from '@turnlog/core';
import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import { callOf, inheritedBy, type Of, toolsOf } from './reading.ts';

interface Placed {
  readonly conversationId: string;
  readonly event: Recorded;
}

export const auditEffects = (evidence: Evidence, findings: Findings): void => {
  const times = new Map<string, number>();
  for (const effect of evidence.effects) {
    const nth = (times.get(effect.effectId) ?? 0) + 1;
    times.set(effect.effectId, nth);
    auditStart(evidence, effect, nth, findings);
  }
  for (const [effectId, ran] of times) auditTimes(evidence, effectId, ran, findings);
  for (const { sha256, worker, logLength } of evidence.requests)
    findings.check(
      'G3 nothing is sent before its start is durable',
      evidence.log
        .slice(0, logLength)
        .some(
          ({ event }) => event.type === 'AttemptStarted' && event.data.request?.sha256 === sha256 && event.data.worker === worker,
        ),
      () => `${worker} sent a model request that the log did not show as started`,
    );
};

export const startsOf = (log: readonly Placed[], effectId: string) =>
  log.flatMap(({ conversationId, event }) =>
    event.type === 'AttemptStarted' && event.data.effectId === effectId ? [{ conversationId, event }] : [],
  );

/** What a conversation held at that moment of the log: what it inherited, and its own. */
const saidIn = (conversations: Evidence['conversations'], log: readonly Placed[], id: string): readonly Recorded[] => {
  const events = conversations.get(id) ?? [];
  return [
    ...events.slice(0, inheritedBy(events)),
    ...log.filter(({ conversationId }) => conversationId === id).map(({ event }) => event),
  ];
};

const auditStart = (
  { log, conversations }: Evidence,
  effect: Evidence['effects'][number],
  nth: number,
  findings: Findings,
): void => {
  const before = log.slice(0, effect.logLength);
  const starts = startsOf(before, effect.effectId);
  findings.check(
    'G3 nothing is sent before its start is durable',
    starts.length >= nth && starts.some(({ event }) => event.data.worker === effect.worker),
    () => `${effect.effectId} ran for the ${nth}. time at ${effect.worker}; the log showed ${starts.length} starts`,
  );
  const [start] = starts;
  if (start === undefined) return;
  const said = saidIn(conversations, before, start.conversationId);
  auditApproval(said, start.event.data.step, effect, findings);
};

const auditApproval = (
  said: readonly Recorded[],
  step: number,
  effect: Evidence['effects'][number],
  findings: Findings,
): void => {
  const asked = said.some((event) => event.type === 'ApprovalRequested' && event.data.step === step);
  const allowed = said.findLast(
    (event): event is Of<'ToolCallApproved'> | Of<'ToolCallEdited'> =>
      (event.type === 'ToolCallApproved' || event.type === 'ToolCallEdited') && event.data.step === step,
  );
  const { needs, call } = whatIsNeeded(said, step);
  // A call that nobody had to allow cannot be sent too early.
  const heldBack = needs === 'nothing' && !asked ? findings.must : findings.check;
  heldBack(
    'G3 what waits for approval is not sent before it',
    needs !== 'never' && (needs === 'nothing' || asked) && (!asked || allowed !== undefined),
    () => `${effect.effectId} ran: it needs ${needs}, was ${asked ? '' : 'not '}asked for and ${allowed ? '' : 'not '}allowed`,
  );
  const isEdited = allowed?.type === 'ToolCallEdited';
  const wanted = isEdited ? allowed.data.arguments : call?.arguments;
  const sent = isEdited ? findings.check : findings.must;
  sent(
    'G3 an edited call is sent as it was edited',
    wanted !== undefined && JSON.stringify(effect.arguments) === JSON.stringify(JSON.parse(wanted)),
    () => `${effect.effectId} ran with ${JSON.stringify(effect.arguments)}; the log says ${wanted}`,
  );
};

/** What the operator's and the request's words together ask for before this call may be sent. */
const whatIsNeeded = (said: readonly Recorded[], step: number) => {
  const call = callOf(said, step);
  const tool = toolsOf(said).find(({ name }) => name === call?.name);
  const started = said[0]?.type === 'ConversationStarted' ? said[0].data.approval : undefined;
  const words = [tool?.approval, typeof started === 'object' ? started[call?.name ?? ''] : started];
  const isHarmless =
    tool?.trusted === true && (tool.annotations?.readOnlyHint === true || tool.annotations?.destructiveHint === false);
  const isAsked = words.includes('ask') || (words.includes('ask-if-destructive') && !isHarmless);
  const needs = words.includes('never') ? 'never' : isAsked ? 'a person' : 'nothing';
  return { call, needs } as const;
};

const auditTimes = ({ log, conversations }: Evidence, effectId: string, ran: number, findings: Findings): void => {
  const [start] = startsOf(log, effectId);
  if (start === undefined) return;
  const { step } = start.event.data;
  const said = saidIn(conversations, log, start.conversationId);
  const tool = toolsOf(said).find(({ name }) => name === callOf(said, step)?.name);
  const isTrusted =
    tool?.trusted === true && (tool.annotations?.readOnlyHint === true || tool.annotations?.idempotentHint === true);
  const mayRepeat = tool?.onUnknownOutcome === 'retry' || (tool?.onUnknownOutcome === undefined && isTrusted);
  const decided = said.filter(
    (event) => event.type === 'ToolOutcomeDecided' && event.data.step === step && event.data.decision === 'retry',
  );
  // Only where something went wrong was there a reason to send it again.
  const isTempting = said.some((event) => isTrouble(event) && event.data.step === step);
  const once = isTempting && !mayRepeat ? findings.check : findings.must;
  once(
    'G3 a tool runs once for an approved call',
    mayRepeat || ran <= 1 + decided.length,
    () => `${effectId} (${tool?.name}) ran ${ran} times; people decided ${decided.length} retries`,
  );
};

const isTrouble = (event: Recorded): event is Of<'AttemptFailed'> | Of<'ToolOutcomeUnknown'> | Of<'OutcomeSuperseded'> =>
  event.type === 'AttemptFailed' || event.type === 'ToolOutcomeUnknown' || event.type === 'OutcomeSuperseded';
