// The attempts this process has in hand, by claim. An attempt whose claim the log no longer grants is aborted; one that
// left this process's hands while its end could not be written is kept until the log has been told.

import type { Command, Envelope } from '@turnlog/core';

/** What ends an attempt: its outcome, or that it was lost. */
export interface Ending {
  readonly command: Command;
  readonly envelope: Envelope;
}

export interface ActiveAttempt {
  readonly conversationId: string;
  readonly step: number;
  /** Aborts when the claim is lost, or with the worker's own shutdown. */
  readonly signal: AbortSignal;
  /** The log holds the start: from now on a missing claim means that it was taken away. */
  confirm(): void;
  /** Its end could not be written: as long as the log grants the claim, somebody has to. */
  forsake(ending: Ending): void;
  end(): void;
}

export interface ActiveAttempts {
  begin(claim: string, conversationId: string, step: number, shutdown: AbortSignal): ActiveAttempt;
  has(conversationId: string): boolean;
  /** Claims whose start the log holds. */
  confirmed(): readonly string[];
  claimsOf(conversationId: string): readonly { readonly claim: string; readonly step: number }[];
  abort(claim: string): void;
  /** An attempt that no job waits for any longer. Never rejects. */
  detach(ended: Promise<void>): void;
  /** Aborts every attempt that is left and waits for its end. */
  stop(): Promise<void>;
  /** By claim: attempts that nobody performs any longer and whose end the log may not hold. */
  forsaken(): readonly (readonly [claim: string, ending: Ending])[];
  /** The log has been told. */
  settle(claim: string): void;
}

interface Held {
  readonly conversationId: string;
  readonly step: number;
  readonly controller: AbortController;
  isConfirmed: boolean;
}

/** A claim that the log has not come to grant while so many others were forsaken never will. */
const maxForsaken = 1_000;

export const createActiveAttempts = (): ActiveAttempts => {
  const held = new Map<string, Held>();
  const forsaken = new Map<string, Ending>();
  const detached = new Set<Promise<void>>();
  const ofConversation = (id: string) => [...held].filter(([, { conversationId }]) => conversationId === id);
  return {
    begin: (claim, conversationId, step, shutdown) => {
      const entry: Held = { conversationId, step, controller: new AbortController(), isConfirmed: false };
      held.set(claim, entry);
      return {
        conversationId,
        step,
        signal: AbortSignal.any([entry.controller.signal, shutdown]),
        confirm: () => {
          entry.isConfirmed = true;
        },
        forsake: (ending) => {
          forsaken.set(claim, ending);
          const [oldest] = forsaken.keys();
          if (forsaken.size > maxForsaken && oldest !== undefined) forsaken.delete(oldest);
        },
        end: () => void held.delete(claim),
      };
    },
    has: (id) => ofConversation(id).length > 0,
    confirmed: () => [...held].filter(([, { isConfirmed }]) => isConfirmed).map(([claim]) => claim),
    claimsOf: (id) =>
      ofConversation(id)
        .filter(([, { isConfirmed }]) => isConfirmed)
        .map(([claim, { step }]) => ({ claim, step })),
    abort: (claim) => held.get(claim)?.controller.abort(new Error('The log no longer grants this attempt.')),
    detach: (ended) => {
      detached.add(ended);
      void ended.then(() => detached.delete(ended));
    },
    stop: async () => {
      for (const { controller } of held.values()) controller.abort(new Error('The worker stops.'));
      await Promise.all(detached);
    },
    forsaken: () => [...forsaken],
    settle: (claim) => void forsaken.delete(claim),
  };
};
