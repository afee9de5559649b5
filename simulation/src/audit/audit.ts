// The auditor: holds the evidence of one simulation against the guarantees.

import type { Recorded } from '@turnlog/core';
import type { Coverage } from '../coverage.ts';
import { auditEffects } from './audit-effects.ts';
import { auditLimits } from './audit-limits.ts';
import { auditLog } from './audit-log.ts';
import { auditOutcomes } from './audit-outcomes.ts';
import { auditProjections } from './audit-projections.ts';
import type { Evidence } from './evidence.ts';
import { createFindings } from './findings.ts';

/** Returns each violation as a sentence. */
export const audit = (evidence: Evidence, coverage: Coverage): readonly string[] => {
  const findings = createFindings(coverage);
  for (const [id, events] of evidence.conversations) {
    let open = 0;
    for (const { type } of events) {
      if (type === 'TurnStarted') open += 1;
      if (type === 'TurnCompleted' || type === 'TurnFailed' || type === 'TurnCancelled' || type === 'TurnRolledBack') open -= 1;
    }
    countEvents(events, coverage);
    const tail = () =>
      `${id} still has an open turn; it ends with ${events
        .slice(-6)
        .map(({ type }) => type)
        .join(', ')}`;
    findings.check('liveness: idle in bounded time', open === 0, tail);
    if (evidence.isQueueWiped) findings.check('G6 conversations finish after the queue was wiped', open === 0, tail);
  }
  const times = new Map<string, number>();
  for (const { effectId } of evidence.effects) times.set(effectId, (times.get(effectId) ?? 0) + 1);
  coverage.count('tool ran more than once, as allowed', [...times.values()].filter((ran) => ran > 1).length);
  for (const check of [auditLog, auditOutcomes, auditEffects, auditLimits, auditProjections]) check(evidence, findings);
  return findings.violations;
};

/** What shows only in the log: that it happened to conversations, and not just to processes. */
const countEvents = (events: readonly Recorded[], coverage: Coverage): void => {
  const unknown = new Set<number>();
  for (const event of events) {
    if (event.type === 'OutcomeSuperseded') coverage.count('late outcome');
    if (event.type === 'TurnPaused') coverage.count('limit reached');
    if (event.type === 'AttemptFailed' && event.data.failure.kind === 'lost') coverage.count('attempt lost with its worker');
    if (event.type === 'ToolOutcomeUnknown') {
      coverage.count('outcome of a tool call unknown');
      unknown.add(event.data.step);
    }
    if (event.type === 'ToolOutcomeDecided') unknown.delete(event.data.step);
    if (event.type === 'ToolReturned' && unknown.has(event.data.step))
      coverage.count('late outcome settles a call that waits as unknown');
  }
};
