// Before a tool attempt starts: is this the worker that can make the call? A call in a session that another worker holds goes to that
// worker's queue, as the same job; it has not started, so nothing was lost and nothing is written.

import { assertNever } from '@turnlog/core';
import type { Attempt } from '../perform-attempt.ts';
import type { SessionOfCall } from '../ports/tool-host.ts';
import { sayFailure } from '../say-failure.ts';
import type { WorkerDependencies } from '../worker-dependencies.ts';

export interface SeatTaken {
  /** The session to call in, where the server has one for each conversation. */
  readonly session: { readonly session?: SessionOfCall };
  readonly leave: () => Promise<void>;
}

const shared: SeatTaken = { session: {}, leave: async () => {} };

/** Undefined: the call is not made here and now. */
export const takeSeat = async (
  dependencies: WorkerDependencies,
  attempt: Attempt,
  server: string,
): Promise<SeatTaken | undefined> => {
  const { mcpSessions, workerQueues } = dependencies;
  if (mcpSessions === undefined) return shared;
  const { job } = attempt;
  const seat = await mcpSessions.seat({ conversationId: job.conversationId, server });
  switch (seat.type) {
    case 'shared':
      return shared;
    case 'here':
      return { session: { session: seat.session }, leave: seat.leave };
    case 'elsewhere':
      // Until this worker's lease has ended the reconciler adds the job again and again: it comes here, and goes there.
      await workerQueues?.add(seat.worker, [job]);
      return undefined;
    case 'full':
      sayFailure(dependencies, attempt, `a session with the MCP server ${server}`, seat.failure);
      await attempt.record({ type: 'AbandonAttempt', step: job.step, attempt: job.attempt, failure: seat.failure });
      return undefined;
    default:
      return assertNever(seat);
  }
};
