// A failed attempt is data in the log and words for whoever watches the terminal: a wrong key must not be silent.

import type { Failure } from '@turnlog/core';
import type { Attempt } from './perform-attempt.ts';
import type { WorkerDependencies } from './worker-dependencies.ts';

export const sayFailure = (
  { log }: Pick<WorkerDependencies, 'log'>,
  { job }: Pick<Attempt, 'job'>,
  what: string,
  { kind, status, message }: Failure,
): void => log.warn({ ...job, kind, ...(status !== undefined && { status }) }, `${what} failed: ${message}`);
