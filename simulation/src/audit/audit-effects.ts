// G3: what the outside felt, held against what the log had said until then.

import type { Recorded, Tool } from '@turnlog/core';
import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';

type Of<T extends Recorded['type']> = Extract<Recorded, { type: T }>;
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
  auditWords(evidence, times, findings);
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

const startsOf = (log: readonly Placed[], effectId: string) =>
  log.flatMap(({ conversationId, event }) =>
    event.type === 'AttemptStarted' && event.data.effectId === effectId ? [{ conversationId, event }] : [],
  );

const auditStart = ({ log }: Evidence, effect: Evidence['effects'][number], nth: number, findings: Findings): void => {
  const before = log.slice(0, effect.logLength);
  const starts = startsOf(before, effect.effectId);
  findings.check(
    'G3 nothing is sent before its start is durable',
    starts.length >= nth && starts.some(({ event }) => event.data.worker === effect.worker),
    () => `${effect.effectId} ran for the ${nth}. time at ${effect.worker}; the log showed ${starts.length} starts`,
  );
  const start = starts[0];
  if (start === undefined) return;
  const said = before.filter(({ conversationId }) => conversationId === start.conversationId).map(({ event }) => event);
  const asked = said.find(
    (event): event is Of<'ApprovalRequested'> => event.type === 'ApprovalRequested' && event.data.step === start.event.data.step,
  );
  const allowed = said.findLast(
    (event): event is Of<'ToolCallApproved'> | Of<'ToolCallEdited'> =>
      (event.type === 'ToolCallApproved' || event.type === 'ToolCallEdited') && event.data.step === start.event.data.step,
  );
  const { needs, call } = whatIsNeeded(said, start.event.data.step);
  findings.check(
    'G3 what waits for approval is not sent before it',
    needs !== 'never' && (needs === 'nothing' || asked !== undefined) && (asked === undefined || allowed !== undefined),
    () => `${effect.effectId} ran: it needs ${needs}, was ${asked ? '' : 'not '}asked for and ${allowed ? '' : 'not '}allowed`,
  );
  const wanted = allowed?.type === 'ToolCallEdited' ? allowed.data.arguments : call?.arguments;
  findings.check(
    'G3 what waits for approval is not sent before it',
    wanted !== undefined && JSON.stringify(effect.arguments) === JSON.stringify(JSON.parse(wanted)),
    () => `${effect.effectId} ran with ${JSON.stringify(effect.arguments)}; the log says ${wanted}`,
  );
};

const toolsOf = (said: readonly Recorded[]): readonly Tool[] =>
  said.findLast((event): event is Of<'ToolsListed'> => event.type === 'ToolsListed')?.data.tools ?? [];

const callOf = (said: readonly Recorded[], step: number) => {
  for (const event of said) {
    if (event.type === 'ApprovalRequested' && event.data.step === step) return event.data.call;
    if (event.type === 'StepScheduled' && event.data.step === step && event.data.call.kind === 'tool') return event.data.call;
  }
  return undefined;
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

const auditTimes = ({ log }: Evidence, effectId: string, ran: number, findings: Findings): void => {
  const start = startsOf(log, effectId)[0];
  if (start === undefined) return;
  const { step } = start.event.data;
  const said = log.filter(({ conversationId }) => conversationId === start.conversationId).map(({ event }) => event);
  const tool = toolsOf(said).find(({ name }) => name === callOf(said, step)?.name);
  const isTrusted =
    tool?.trusted === true && (tool.annotations?.readOnlyHint === true || tool.annotations?.idempotentHint === true);
  const mayRepeat = tool?.onUnknownOutcome === 'retry' || (tool?.onUnknownOutcome === undefined && isTrusted);
  const decided = said.filter(
    (event) => event.type === 'ToolOutcomeDecided' && event.data.step === step && event.data.decision === 'retry',
  );
  findings.check(
    'G3 a tool runs once for an approved call',
    mayRepeat || ran <= 1 + decided.length,
    () => `${effectId} (${tool?.name}) ran ${ran} times; people decided ${decided.length} retries`,
  );
};

/** The model must not read that a call was not made if the tool ran. */
const auditWords = ({ conversations, replays }: Evidence, times: ReadonlyMap<string, number>, findings: Findings): void => {
  for (const [id, said] of conversations)
    for (const event of said) {
      if (event.type !== 'AttemptStarted' || event.data.effectId === undefined) continue;
      const { effectId, step } = event.data;
      const callId = callOf(said, step)?.callId;
      const text =
        replays
          .get(id)
          ?.histories.at(-1)
          ?.find((message) => message.tool_call_id === callId)?.content ?? '';
      if (!/was not (made|called|executed)/.test(text)) continue;
      const ran = times.get(effectId) ?? 0;
      findings.check(
        'G3 what the model reads as not made did not run',
        ran === 0,
        () => `${effectId} ran ${ran} times; the model reads: ${text}`,
      );
    }
};
