// One conversation as the chat follows it: every event is shown and goes into the trace file.

import type { ConversationView, WaitingFor } from '@turnlog/core';
import type { Followed, TurnlogClient } from '../client/turnlog-client.ts';
import type { TraceKeeper } from './trace-keeper.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface FollowedConversation {
  readonly id: string;
  readonly trace: TraceKeeper;
  /** Until nothing happens any more, or something waits for a person. All of it has been shown then. */
  untilQuiet(signal: AbortSignal): Promise<ConversationView>;
  /** Until this is no longer what is waited for: somebody decided elsewhere, or the turn has ended. */
  untilDecided(waiting: WaitingFor, signal: AbortSignal): Promise<void>;
  close(): void;
}

export interface FollowOptions {
  readonly client: TurnlogClient;
  readonly id: string;
  /** The version after which events are shown. */
  readonly after: number;
  readonly trace: TraceKeeper;
  readonly onFollowed: (followed: Followed) => void;
}

export const followConversation = ({ client, id, after, trace, onFollowed }: FollowOptions): FollowedConversation => {
  const closing = new AbortController();
  const news = createNews();
  let shown = after;

  const follow = async () => {
    for await (const followed of client.follow(id, after, closing.signal)) {
      onFollowed(followed);
      if (followed.type === 'delta') continue;
      shown = followed.event.version;
      trace.note();
      news.tell();
    }
  };
  follow().catch(news.fail);

  const until = async (is: (view: ConversationView) => boolean, signal: AbortSignal): Promise<ConversationView> => {
    for (;;) {
      const next = news.next();
      const view = await client.view(id);
      if (shown >= view.version && is(view)) return view;
      await unlessAborted(next, signal);
    }
  };
  return {
    id,
    trace,
    untilQuiet: (signal) => until(({ phase, waitingFor = [] }) => phase !== 'running' || waitingFor.length > 0, signal),
    untilDecided: async (waiting, signal) => void (await until((view) => !stillWaits(view, waiting), signal)),
    close: () => closing.abort(),
  };
};

const stillWaits = ({ waitingFor = [] }: ConversationView, { callId, kind, digest }: WaitingFor): boolean =>
  waitingFor.some((other) => other.callId === callId && other.kind === kind && other.digest === digest);

/** Waiters are told of the next event, or that none will come. */
const createNews = () => {
  let failure: unknown;
  let waiters: { readonly resolve: () => void; readonly reject: (reason: unknown) => void }[] = [];
  const settle = (each: (waiter: (typeof waiters)[number]) => void) => {
    const told = waiters;
    waiters = [];
    told.forEach(each);
  };
  return {
    tell: () => settle(({ resolve }) => resolve()),
    fail: (reason: unknown) => {
      failure = reason;
      settle(({ reject }) => reject(reason));
    },
    next: (): Promise<void> => {
      const next =
        failure === undefined
          ? new Promise<void>((resolve, reject) => waiters.push({ resolve, reject }))
          : Promise.reject(failure);
      // Asked for before it is known whether it will be needed.
      next.catch(() => {});
      return next;
    },
  };
};
