// The clocks of one attempt: total, and the one of the phase it is in.

import type { Failure } from '@turnlog/core';
import type { ModelTimeouts } from './model-endpoint.ts';

export type DeadlinePhase = NonNullable<Failure['phase']>;

export interface Deadlines {
  connected(): void;
  /** A chunk came; before the first piece of an answer it proves nothing: servers send the role, then read the prompt. */
  chunk(progress: { readonly hasAnswer: boolean; readonly hasFinished: boolean }): void;
  clear(): void;
}

// After the finish reason only usage and [DONE] are missing; a connection left open must not hold a whole answer back.
const afterFinishMs = 5_000;

export function startDeadlines(timeouts: ModelTimeouts, expired: (phase: DeadlinePhase, limitMs: number) => void): Deadlines {
  const start = (phase: DeadlinePhase, limitMs: number) => setTimeout(() => expired(phase, limitMs), limitMs);
  const total = start('total', timeouts.totalMs);
  let current = start('connect', timeouts.connectMs);
  const enter = (phase: DeadlinePhase, limitMs: number) => {
    clearTimeout(current);
    current = start(phase, limitMs);
  };
  return {
    connected: () => enter('first_token', timeouts.firstTokenMs),
    chunk({ hasAnswer, hasFinished }) {
      if (hasFinished) enter('idle', Math.min(afterFinishMs, timeouts.idleMs));
      else if (hasAnswer) enter('idle', timeouts.idleMs);
    },
    clear() {
      clearTimeout(total);
      clearTimeout(current);
    },
  };
}
