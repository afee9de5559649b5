// The auditor: holds the evidence of one simulation against the guarantees.

import type { Coverage } from '../coverage.ts';
import { auditCassettes } from './audit-cassettes.ts';
import { auditEffects } from './audit-effects.ts';
import { auditErasure } from './audit-erasure.ts';
import { auditForks } from './audit-forks.ts';
import { auditLimits } from './audit-limits.ts';
import { auditLog } from './audit-log.ts';
import { auditOutcomes } from './audit-outcomes.ts';
import { auditProjections } from './audit-projections.ts';
import { auditWords } from './audit-words.ts';
import { countEvents } from './count-events.ts';
import type { Evidence } from './evidence.ts';
import { createFindings, type Findings } from './findings.ts';
import { hasOpenTurn } from './reading.ts';

const audits = [
  auditLiveness,
  auditLog,
  auditForks,
  auditErasure,
  auditOutcomes,
  auditEffects,
  auditWords,
  auditCassettes,
  auditLimits,
  auditProjections,
] as const;

/** Returns each violation as a sentence. */
export const audit = (evidence: Evidence, coverage: Coverage): readonly string[] => {
  const findings = createFindings(coverage);
  countEvents(evidence.conversations, coverage);
  const times = new Map<string, number>();
  for (const { effectId } of evidence.effects) times.set(effectId, (times.get(effectId) ?? 0) + 1);
  coverage.count('tool ran more than once, as allowed', [...times.values()].filter((ran) => ran > 1).length);
  for (const check of audits) check(evidence, findings);
  return findings.violations;
};

/** A conversation in which nobody has spoken is idle without any merit. */
function auditLiveness({ conversations, wiped }: Evidence, findings: Findings): void {
  for (const [id, events] of conversations) {
    if (!events.some(({ type }) => type === 'TurnStarted')) continue;
    const isIdle = !hasOpenTurn(events);
    const tail = () =>
      `${id} still has an open turn; it ends with ${events
        .slice(-6)
        .map(({ type }) => type)
        .join(', ')}`;
    findings.check('liveness: idle in bounded time', isIdle, tail);
    if (wiped.has(id)) findings.check('G6 conversations finish after the queue was wiped', isIdle, tail);
  }
}
