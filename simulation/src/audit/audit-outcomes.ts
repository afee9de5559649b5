// G2: how each step's attempts began and ended, read from the events alone.

import type { Recorded } from '@turnlog/core';
import type { Evidence, Message } from './evidence.ts';
import type { Findings } from './findings.ts';
import { ownOf, tokensIn } from './reading.ts';

interface StepReading {
  phase: 'approval' | 'due' | 'open' | 'unknown' | 'over';
  attempt: number;
  claim: string | undefined;
  accepted: number;
  /** When the next attempt may start. */
  dueAt: string;
}

const outcomeRule = 'G2 an outcome only for the open attempt and claim';

export const auditOutcomes = ({ conversations, replays, requests }: Evidence, findings: Findings): void => {
  const sent = requests.map(({ body }) => body).join('\n');
  for (const [id, events] of conversations) {
    const shown = (replays.get(id)?.histories ?? []).map((messages) =>
      (messages as readonly Message[]).map(({ content }) => content).join('\n'),
    );
    const isRendered = (text: string) => sent.includes(text) || shown.some((history) => history.includes(text));
    for (const text of auditSteps(id, events, findings))
      findings.check('G2 late outcomes are never rendered', !isRendered(text), () => `${id} shows ${text}, which came too late`);
    for (const text of brokenOff(events))
      findings.check(
        'a broken answer is kept, and never rendered',
        !isRendered(text),
        () => `${id} shows ${text}, which broke off`,
      );
  }
};

/** The texts of answers that broke off in the open attempt. */
const brokenOff = (events: readonly Recorded[]): readonly string[] =>
  ownOf(events).flatMap((event) => (event.type === 'AttemptFailed' ? tokensIn(event.data.partial) : []));

/** Returns the texts that only outcomes hold which came too late. */
const auditSteps = (id: string, events: readonly Recorded[], findings: Findings): readonly string[] => {
  const steps = new Map<number, StepReading>();
  const claims = new Set<string>();
  const late: string[] = [];
  const open = (step: number, phase: StepReading['phase']) =>
    void steps.set(step, { phase, attempt: 1, claim: undefined, accepted: 0, dueAt: '' });
  for (const event of events) {
    const step = 'step' in event.data && event.data.step !== undefined ? steps.get(event.data.step) : undefined;
    const must = (holds: boolean, what: string) =>
      findings.check(
        outcomeRule,
        holds,
        () => `${id}:${event.version} ${event.type}: ${what}; the step is ${JSON.stringify(step)}`,
      );
    switch (event.type) {
      case 'StepScheduled':
        open(event.data.step, 'due');
        break;
      case 'ApprovalRequested':
        open(event.data.step, 'approval');
        break;
      case 'ToolCallRefused':
        open(event.data.step, 'over');
        break;
      case 'ToolCallApproved':
      case 'ToolCallEdited':
      case 'ToolCallRejected':
        must(step?.phase === 'approval', 'it does not wait for approval');
        if (step) step.phase = event.type === 'ToolCallRejected' ? 'over' : 'due';
        break;
      case 'AttemptStarted':
        must(step?.phase === 'due' && step.attempt === event.data.attempt, 'this attempt is not due');
        must(!claims.has(event.data.claim), 'the claim was used before');
        must(step === undefined || isAbout(step.dueAt, event.recordedAt), 'it is not due yet');
        claims.add(event.data.claim);
        if (step) Object.assign(step, { phase: 'open', claim: event.data.claim });
        break;
      case 'ModelResponded':
      case 'ToolReturned':
        must(isHeld(step, event.data) || (step?.phase === 'unknown' && isOf(step, event.data)), 'the attempt is not open');
        if (step) over(step, id, findings);
        break;
      case 'AttemptFailed':
        must(isEnded(step, event.data), 'the attempt is not open');
        if (step && event.data.retryAt === null) step.phase = 'over';
        else if (step) Object.assign(step, { phase: 'due', attempt: step.attempt + 1, dueAt: event.data.retryAt });
        break;
      case 'ToolOutcomeUnknown':
        must(isEnded(step, event.data), 'the attempt is not open');
        if (step) step.phase = event.data.policy === 'tell' ? 'over' : 'unknown';
        break;
      case 'ToolOutcomeDecided':
        must(step?.phase === 'unknown', 'it does not wait as unknown');
        if (step && event.data.decision === 'retry') Object.assign(step, { phase: 'due', attempt: step.attempt + 1 });
        else if (step) over(step, id, findings);
        break;
      case 'OutcomeSuperseded':
        must(!isHeld(step, event.data), 'the attempt was open and its outcome was thrown away');
        late.push(...tokensIn(event.data.outcome));
        break;
      case 'ConversationForked':
      case 'TurnCompleted':
      case 'TurnFailed':
      case 'TurnCancelled':
      case 'TurnRolledBack':
      case 'ConversationErased':
        for (const one of steps.values()) one.phase = 'over';
        break;
      default:
    }
  }
  return late;
};

/** Clocks differ by a second where time is kept at all. */
const isAbout = (dueAt: string, at: string): boolean => dueAt === '' || Date.parse(at) >= Date.parse(dueAt) - 1_000;

const isOf = (step: StepReading, { attempt, claim }: { readonly attempt: number; readonly claim: string }): boolean =>
  step.attempt === attempt && step.claim === claim;

const isHeld = (step: StepReading | undefined, at: { readonly attempt: number; readonly claim: string }): boolean =>
  step?.phase === 'open' && isOf(step, at);

/** An attempt that could not even start ends without a claim. */
const isEnded = (
  step: StepReading | undefined,
  at: { readonly attempt: number; readonly claim?: string | undefined },
): boolean =>
  at.claim === undefined
    ? step?.phase === 'due' && step.attempt === at.attempt
    : isHeld(step, { attempt: at.attempt, claim: at.claim });

const over = (step: StepReading, id: string, findings: Findings): void => {
  step.phase = 'over';
  step.accepted += 1;
  findings.check(
    'G2 one accepted outcome a step',
    step.accepted === 1,
    () => `${id}: a step has ${step.accepted} accepted outcomes`,
  );
};
