// The attempts this process has in hand, by claim. An attempt whose claim the log no longer grants is aborted.

export interface ActiveAttempt {
  readonly conversationId: string;
  readonly step: number;
  /** Aborts when the claim is lost, or with the worker's own shutdown. */
  readonly signal: AbortSignal;
  /** The log holds the start: from now on a missing claim means that it was taken away. */
  confirm(): void;
  end(): void;
}

export interface ActiveAttempts {
  begin(claim: string, conversationId: string, step: number, shutdown: AbortSignal): ActiveAttempt;
  has(conversationId: string): boolean;
  /** Claims whose start the log holds. */
  confirmed(): readonly string[];
  claimsOf(conversationId: string): readonly { readonly claim: string; readonly step: number }[];
  abort(claim: string): void;
}

interface Held {
  readonly conversationId: string;
  readonly step: number;
  readonly controller: AbortController;
  isConfirmed: boolean;
}

export const createActiveAttempts = (): ActiveAttempts => {
  const held = new Map<string, Held>();
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
  };
};
