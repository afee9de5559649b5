// Before a tool attempt starts: do its arguments fit the tool? The core decides what follows from it, `tool-schemas.ts` looks.

import type { Tool } from '@turnlog/core';
import type { Attempt } from './perform-attempt.ts';
import type { WorkerDependencies } from './worker-dependencies.ts';

/** True: the call is not made. One that was sent before may have happened: only its server can still say what is wrong with it. */
export const refusedArguments = async (
  { schemas }: WorkerDependencies,
  { job, step, record }: Attempt,
  tool: Tool | undefined,
  args: Record<string, unknown>,
): Promise<boolean> => {
  const isUnsent = step.mayHaveHappened === undefined && step.input === undefined;
  const fault = tool && isUnsent ? schemas.argumentFault(tool, args) : undefined;
  if (fault === undefined) return false;
  await record({ type: 'RefuseArguments', step: job.step, attempt: job.attempt, fault });
  return true;
};
