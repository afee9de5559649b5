// One try at a tool call: start, call, record. Between a start and its outcome the call may have happened.

import { effectIdOf, parseArguments, type ToolStep } from '@turnlog/core';
import type { Attempt } from './perform-attempt.ts';
import type { ToolOutcome } from './ports/tool-host.ts';
import { sayFailure } from './say-failure.ts';
import type { WorkerDependencies } from './worker-dependencies.ts';

export const performToolAttempt = async (dependencies: WorkerDependencies, attempt: Attempt, call: ToolStep): Promise<void> => {
  const { conversationId } = attempt.job;
  const parsed = parseArguments(call.arguments);
  if (!parsed.ok) throw new Error(`Step ${attempt.job.step} was scheduled with arguments that do not parse: ${parsed.message}`);
  const effectId = effectIdOf(conversationId, call.callId);
  if (!(await attempt.start({ effectId }))) return;
  const request = { conversationId, server: call.server, tool: call.tool, arguments: parsed.value, effectId };
  const outcome = await dependencies.tools.call(request, attempt.signal);
  if (outcome.type !== 'returned') sayFailure(dependencies, attempt, `the call of tool ${call.name}`, outcome.failure);
  await recordOutcome(attempt, outcome);
};

const recordOutcome = async ({ job, claim, record }: Attempt, outcome: ToolOutcome): Promise<void> => {
  const { step, attempt } = job;
  if (outcome.type === 'returned') {
    await record({ type: 'RecordToolResult', step, attempt, claim, result: outcome.result });
    return;
  }
  await record({ type: 'RecordFailure', step, attempt, claim, failure: outcome.failure, sent: outcome.type === 'unknown' });
};
