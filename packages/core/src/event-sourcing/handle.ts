// The only writer: load, fold, decide, append. Everything the engine knows came through here.

import type { Command, Environment } from '../conversation/commands.ts';
import { decide } from '../conversation/decide.ts';
import { react } from '../conversation/react.ts';
import { type ConversationState, initialState } from '../conversation/state.ts';
import { laterOf } from '../conversation/time.ts';
import { CommandRejected, ConcurrencyError, NoSuchVersion } from '../errors.ts';
import type { Job } from '../ports/job-queue.ts';
import { createAppendChain } from './append-chain.ts';
import type { EventStore } from './event-store.ts';
import { foldChecked } from './fold-checked.ts';
import { createFork } from './fork-conversation.ts';
import { prepareAppend } from './prepare-append.ts';
import type { Recorded } from './recorded-event.ts';
import { createStateCache, type StateCache } from './state-cache.ts';

export interface EngineDependencies {
  readonly store: EventStore;
  /** ISO time. */
  readonly now: () => string;
  readonly sha256: (text: string) => string;
  /**
   * Adds jobs after the commit. A failure is the reconciler's to mend and must not fail the command, so it ends here
   * without a word: whoever composes the engine logs it.
   */
  readonly dispatch: (jobs: readonly Job[]) => Promise<void>;
  /** Tells listeners that the conversation has reached a version, before its jobs are added. Must not throw. */
  readonly announce: (conversationId: string, version: number) => void;
  readonly cache?: StateCache;
}

export interface Envelope {
  readonly conversationId: string;
  readonly commandId: string;
  /** sha256 of what the caller asked for; the same command id with another one is refused (`key_reused`). */
  readonly fingerprint?: string;
  readonly correlation?: string;
}

export interface Handled {
  readonly version: number;
  readonly state: ConversationState;
  /** What this call wrote; empty if there was nothing to do. */
  readonly events: readonly Recorded[];
  /** The version of the first event of an earlier delivery of the same command. */
  readonly duplicateOf?: number;
}

export interface Engine {
  /** Throws CommandRejected, ConcurrencyError, or what the store throws. */
  handle(command: Command, envelope: Envelope): Promise<Handled>;
  /** The committed state; with `fresh`, as the log has it now. Of an unknown conversation: the initial state. */
  load(conversationId: string, options?: { readonly fresh?: boolean }): Promise<ConversationState>;
  /** The state at a version: a replay of the prefix, which executes nothing. Throws NoSuchVersion beyond the last one. */
  stateAt(conversationId: string, version: number): Promise<ConversationState>;
  /** Drops what this process remembers of a conversation. */
  forget(conversationId: string): void;
}

/** So many others can come first before a command gives up: 8 writers on one conversation is more than there are. */
const maxDecisions = 12;

export const createEngine = (dependencies: EngineDependencies): Engine => {
  const { store, cache = createStateCache() } = dependencies;
  const chain = createAppendChain(store, cache);

  const refresh = async (conversationId: string): Promise<ConversationState> => {
    const known = cache.committed(conversationId) ?? initialState;
    const state = foldChecked(conversationId, await store.read(conversationId, { after: known.version }), known);
    if (state.version > 0) cache.commit(conversationId, state);
    return state;
  };

  const handle = async (command: Command, envelope: Envelope): Promise<Handled> => {
    if (command.type === 'ForkConversation') return fork(command, envelope);
    const { conversationId } = envelope;
    const isCreation = command.type === 'StartConversation' || command.type === 'ImportConversation';
    let isFresh = isCreation && cache.tip(conversationId) === undefined;
    let mustRefresh = false;
    let lastConflict = { expected: 0, actual: 0 };
    for (let round = 0; round < maxDecisions; round++) {
      // 1. Load and fold: what this process already knows, or what the log says.
      if (mustRefresh || (!isCreation && cache.tip(conversationId) === undefined)) {
        await chain.settled(conversationId);
        cache.retract(conversationId);
        await refresh(conversationId);
        isFresh = true;
        mustRefresh = false;
      }
      const before = cache.tip(conversationId) ?? initialState;

      // 2. Decide. A refusal on remembered state is asked again on the log's.
      const now = laterOf(dependencies.now(), before.updatedAt);
      const decision = tryDecide(command, before, { conversationId, now, sha256: dependencies.sha256 });
      if (decision.type === 'rejected' || decision.events.length === 0) {
        const earlier = decision.type === 'rejected' ? await findEarlier(envelope) : undefined;
        if (earlier !== undefined) return earlier;
        if (!isFresh) {
          mustRefresh = true;
          continue;
        }
        if (decision.type === 'rejected') throw decision.error;
        return { version: before.version, state: before, events: [] };
      }

      // 3. Append at exactly the version decided on. The next decision of this process may chain onto it meanwhile.
      const { append, after, events } = prepareAppend(before, decision.events, command, envelope, now);
      const result = await chain.send(append, before, after);

      // 4. Tell what happened, or look again.
      if (result.type === 'appended') {
        dependencies.announce(conversationId, after.version);
        await dependencies.dispatch(react(conversationId, before, after, after.updatedAt)).catch(leaveToReconciler);
        return { version: after.version, state: after, events };
      }
      if (result.type === 'duplicate') return duplicate(envelope, result);
      if (isCreation) return (await findEarlier(envelope)) ?? rejectExisting(conversationId);
      mustRefresh = true;
      lastConflict = { expected: before.version, actual: result.actual };
    }
    throw new ConcurrencyError(conversationId, lastConflict.expected, lastConflict.actual);
  };

  const findEarlier = async (envelope: Envelope): Promise<Handled | undefined> => {
    const found = await store.findCommand(envelope.conversationId, envelope.commandId);
    return found && duplicate(envelope, found);
  };

  const duplicate = async (
    { conversationId, fingerprint }: Envelope,
    found: { readonly version: number; readonly fingerprint?: string },
  ): Promise<Handled> => {
    if (fingerprint !== undefined && found.fingerprint !== undefined && fingerprint !== found.fingerprint)
      throw new CommandRejected('key_reused', 'This Idempotency-Key was used before with another request. Use a new key.');
    const state = await refresh(conversationId);
    return { version: state.version, state, events: [], duplicateOf: found.version };
  };

  const fork = createFork({ ...dependencies, cache, findEarlier, duplicate });

  return {
    handle,
    load: async (conversationId, { fresh = false } = {}) =>
      (fresh ? undefined : cache.committed(conversationId)) ?? refresh(conversationId),
    stateAt: async (conversationId, version) => {
      const state = foldChecked(conversationId, await store.read(conversationId, { upTo: version }));
      if (state.version < version) throw new NoSuchVersion(conversationId, version, state.version);
      return state;
    },
    forget: cache.forget,
  };
};

/** The log holds the work: what the queue did not take now, the reconciler adds. */
const leaveToReconciler = (): void => undefined;

const rejectExisting = (conversationId: string): never => {
  throw new CommandRejected('already_exists', `Conversation ${conversationId} exists already.`);
};

const tryDecide = (command: Command, state: ConversationState, env: Environment) => {
  try {
    return { type: 'decided', events: decide(command, state, env) } as const;
  } catch (error) {
    if (error instanceof CommandRejected) return { type: 'rejected', error } as const;
    throw error;
  }
};
