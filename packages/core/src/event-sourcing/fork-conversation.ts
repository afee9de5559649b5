// A fork: decided on the parent's prefix, stored as a conversation of its own. It costs one append however long the prefix is.

import type { Command } from '../conversation/commands.ts';
import { decide } from '../conversation/decide.ts';
import { workChange } from '../conversation/open-work.ts';
import { react } from '../conversation/react.ts';
import { type ConversationState, initialState } from '../conversation/state.ts';
import { laterOf } from '../conversation/time.ts';
import { CommandRejected, NoSuchVersion } from '../errors.ts';
import { foldChecked } from './fold-checked.ts';
import type { EngineDependencies, Envelope, Handled } from './handle.ts';
import { prepareAppend } from './prepare-append.ts';
import type { StateCache } from './state-cache.ts';

interface ForkDependencies extends EngineDependencies {
  readonly cache: StateCache;
  /** Of an earlier delivery of the same command. */
  readonly findEarlier: (envelope: Envelope) => Promise<Handled | undefined>;
  readonly duplicate: (
    envelope: Envelope,
    found: { readonly version: number; readonly fingerprint?: string },
  ) => Promise<Handled>;
}

type ForkCommand = Extract<Command, { type: 'ForkConversation' }>;

export const createFork = (dependencies: ForkDependencies) => {
  const { store, cache, sha256, dispatch, announce, findEarlier, duplicate } = dependencies;

  const prefixOf = async ({ conversationId, version }: ForkCommand['parent']): Promise<ConversationState> => {
    const known = cache.committed(conversationId);
    if (known?.version === version) return known;
    const prefix = foldChecked(conversationId, await store.read(conversationId, { upTo: version }));
    if (prefix.version > 0 && prefix.version < version) throw new NoSuchVersion(conversationId, version, prefix.version);
    return prefix;
  };

  const prepared = async (command: ForkCommand, envelope: Envelope) => {
    const prefix = await prefixOf(command.parent);
    const now = laterOf(dependencies.now(), prefix.updatedAt);
    const events = decide(command, prefix, { conversationId: envelope.conversationId, now, sha256 });
    const { append, ...rest } = prepareAppend(prefix, events, command, envelope, now);
    const fork = { parent: command.parent.conversationId, at: command.parent.version };
    return { ...rest, append: { ...append, fork, work: workChange(initialState, rest.after) } };
  };

  /** The store refuses a parent that was erased after this was decided; an earlier delivery may have come before that. */
  const refused = async (error: unknown, { parent }: ForkCommand, envelope: Envelope): Promise<Handled> => {
    const earlier = await findEarlier(envelope);
    if (earlier !== undefined) return earlier;
    if (!(error instanceof RangeError)) throw error;
    cache.forget(parent.conversationId);
    const whole = foldChecked(parent.conversationId, await store.read(parent.conversationId));
    throw whole.phase === 'erased' ? new CommandRejected('closed', 'This conversation was erased.') : error;
  };

  const append = async (command: ForkCommand, envelope: Envelope): Promise<Handled> => {
    const { conversationId } = envelope;
    const { append: fork, after, events } = await prepared(command, envelope);
    const result = await store.append(fork);
    if (result.type === 'duplicate') return duplicate(envelope, result);
    if (result.type === 'conflict') throw new CommandRejected('already_exists', `Conversation ${conversationId} exists already.`);
    cache.commit(conversationId, after);
    announce(conversationId, after.version);
    // The log holds the work: what the queue does not take now, the reconciler adds.
    await dispatch(react(conversationId, initialState, after, after.updatedAt)).catch(() => undefined);
    return { version: after.version, state: after, events };
  };

  return (command: ForkCommand, envelope: Envelope): Promise<Handled> =>
    append(command, envelope).catch((error: unknown) => refused(error, command, envelope));
};
