// Limits pause a turn before it spends more. A pause must be one that a limit asked for, and what goes on must be within all of
// them: both counted here from the events alone.

import type { Limits, Recorded } from '@turnlog/core';
import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import { inheritedBy, type Of } from './reading.ts';
import { count, noSpending, type Spending } from './spending.ts';

const rule = 'limits pause before spending';

export const auditLimits = ({ conversations }: Evidence, findings: Findings): void => {
  for (const [id, events] of conversations) auditConversation(id, events, findings);
};

/** What was inherited is counted, and held against the limits where it was recorded. */
const auditConversation = (id: string, events: readonly Recorded[], findings: Findings): void => {
  const spending = noSpending();
  const inherited = inheritedBy(events);
  for (const event of events) {
    const must = (why: string | undefined) =>
      findings.must(rule, why === undefined, () => `${id}:${event.version} ${event.type}: ${why}`);
    const isOwn = event.version > inherited;
    if (isOwn && event.type === 'TurnPaused') {
      const fault = faultOfPause(event, spending);
      findings.check(rule, fault === undefined, () => `${id}:${event.version} paused for ${event.data.reason}: ${fault}`);
    }
    if (isOwn && event.type === 'AttemptStarted') must(spending.isPaused ? 'the turn is paused' : undefined);
    // Another attempt spends like the first one.
    if (isOwn && event.type === 'AttemptStarted' && event.data.attempt > 1) must(beyond(spending, 0));
    const isFirst = isScheduling(event) && !spending.calls.has(event.data.step);
    if (isOwn && isFirst) must(spending.isPaused ? 'the turn is paused' : beyond(spending, 1));
    count(spending, event);
  }
};

const isScheduling = (event: Recorded): event is Of<'StepScheduled'> | Of<'ApprovalRequested'> | Of<'ToolCallRefused'> =>
  event.type === 'StepScheduled' || event.type === 'ApprovalRequested' || event.type === 'ToolCallRefused';

type Reading = readonly (readonly [limit: keyof Limits, reached: number, isStep: boolean])[];

/** `ahead`: the steps that going on would begin. */
const readingOf = ({ turn, conversation, repeats }: Spending, ahead: number): Reading => [
  ['maxSteps', turn.steps + ahead, true],
  ['maxConversationSteps', conversation.steps + ahead, true],
  ['maxTokens', turn.tokens, false],
  ['maxConversationTokens', conversation.tokens, false],
  ['maxCost', turn.cost, false],
  ['maxConversationCost', conversation.cost, false],
  ['maxWallMs', turn.activeMs, false],
  ['maxConversationWallMs', conversation.activeMs, false],
  ['maxIdenticalCalls', repeats, false],
];

/** The limit that going on would be beyond, if any. */
const beyond = (spending: Spending, ahead: number): string | undefined => {
  const hit = readingOf(spending, ahead).find(([name, reached, isStep]) => {
    const limit = spending.limits[name] ?? Number.POSITIVE_INFINITY;
    return isStep ? reached > limit && ahead > 0 : reached >= limit;
  });
  return hit && `${hit[0]} was reached: ${hit[1]}`;
};

/** Nothing, where this limit stands and was reached. */
const faultOfPause = ({ data }: Of<'TurnPaused'>, spending: Spending): string | undefined => {
  const { reason, limit, reached } = data;
  if (spending.limits[reason] !== limit) return `the limit is ${spending.limits[reason]}, not ${limit}`;
  const isStep = reason === 'maxSteps' || reason === 'maxConversationSteps';
  if (isStep ? reached <= limit : reached < limit) return `${reached} does not reach ${limit}`;
  const counted = readingOf(spending, Math.max(1, spending.proposed)).find(([name]) => name === reason)?.[1] ?? 0;
  // Time goes on while an attempt is open, and calls that repeat within a round are not counted here.
  const isExact = !(reason === 'maxIdenticalCalls' || reason.endsWith('WallMs'));
  return isExact && counted !== reached ? `${counted} were spent, not ${reached}` : undefined;
};
