// The auditor: holds the evidence of one simulation against the guarantees.

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
      if (type === 'OutcomeSuperseded') coverage.count('late outcome');
    }
    const tail = () =>
      `${id} still has an open turn; it ends with ${events
        .slice(-6)
        .map(({ type }) => type)
        .join(', ')}`;
    findings.check('liveness: idle in bounded time', open === 0, tail);
    if (evidence.isQueueWiped) findings.check('G6 conversations finish after the queue was wiped', open === 0, tail);
  }
  for (const check of [auditLog, auditOutcomes, auditEffects, auditLimits, auditProjections]) check(evidence, findings);
  return findings.violations;
};
