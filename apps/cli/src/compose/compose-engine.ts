// Wires the engine to a database and a queue. What every command that writes needs, and nothing more.

import { createHash } from 'node:crypto';
import { createEngine, type Engine, type JobQueue } from '@turnlog/core';
import type { Database } from '@turnlog/db';
import type { Logger } from 'pino';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** For a text that is hashed piece by piece. */
export const beginSha256 = () => createHash('sha256');

export const now = (): string => new Date().toISOString();

export const composeEngine = (database: Database, queue: JobQueue, log: Logger): Engine =>
  createEngine({
    store: database.store,
    now,
    sha256,
    // A job that cannot be added now is found in open_work by the reconciler within a second.
    dispatch: (jobs) =>
      jobs.length === 0
        ? Promise.resolve()
        : queue.add(jobs).catch((error: unknown) => log.warn({ err: error }, 'jobs wait for the queue')),
    announce: (conversationId, version) => database.feed.publish({ type: 'version', conversationId, version }),
  });

/** An engine for commands that only read: no queue, and nothing to tell. */
export const composeReader = (database: Database): Pick<Engine, 'load' | 'forget'> =>
  createEngine({ store: database.store, now, sha256, dispatch: async () => {}, announce: () => {} });

/** An engine for commands that write what needs no work: no queue. */
export const composeWriter = (database: Database): Engine =>
  createEngine({
    store: database.store,
    now,
    sha256,
    dispatch: async () => {},
    announce: (conversationId, version) => database.feed.publish({ type: 'version', conversationId, version }),
  });
