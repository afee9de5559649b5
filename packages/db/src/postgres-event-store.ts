// The log in Postgres: what is written goes through one group commit, what is read through prepared statements.

import type { EventStore } from '@turnlog/core';
import type { Pool } from 'pg';
import { appendStatement, type Chain } from './append-statement.ts';
import { encodeAppend, isUuid } from './encode-append.ts';
import { createGroupCommit } from './group-commit.ts';
import { withConnection } from './open-pool.ts';
import { readAll } from './read-all.ts';
import { readEvents } from './read-events.ts';
import { type RefusalRow, refusalStatement } from './refusal-statement.ts';
import type { WaitingChain } from './take-batch.ts';

export interface PostgresEventStoreOptions {
  /** One connection of its own for the writer: its statements never wait for a reader. */
  readonly writer: Pool;
  readonly reader: Pool;
  /** How long appends wait for a Postgres that is away. */
  readonly unavailableMs?: number;
  readonly onUnavailable?: (error: unknown, waiting: number) => void;
}

export interface PostgresEventStore extends EventStore {
  /** Resolves when every append under way is settled. */
  idle(): Promise<void>;
}

const UNAVAILABLE_MS = 60_000;

const FIND_COMMAND = 'SELECT version, fingerprint FROM events WHERE conversation_id = $1 AND command_id = $2';

const complain = (error: unknown, waiting: number): void =>
  console.error(`Postgres does not take appends, ${waiting} wait: ${error instanceof Error ? error.message : String(error)}`);

export const createPostgresEventStore = ({
  writer,
  reader,
  unavailableMs = UNAVAILABLE_MS,
  onUnavailable = complain,
}: PostgresEventStoreOptions): PostgresEventStore => {
  const commit = createGroupCommit({
    write: async (chains) => {
      const statement = appendStatement(chains.map(appendsOf));
      const { rows } = await withConnection(writer, (client) => client.query<{ id: string }>(statement));
      return new Set(rows.map((row) => row.id));
    },
    explain: (appends) =>
      withConnection(writer, async (client) => (await client.query<RefusalRow>(refusalStatement(appends))).rows),
    unavailableMs,
    onUnavailable,
  });
  return {
    append: async (append) => commit.append(encodeAppend(append)),
    read: (conversationId, range) => readEvents(reader, conversationId, range),
    findCommand: async (conversationId, commandId) => {
      if (!isUuid(conversationId)) return undefined;
      const values = [conversationId, commandId];
      const { rows } = await reader.query<{ version: number; fingerprint: string | null }>({
        name: 'find command',
        text: FIND_COMMAND,
        values,
      });
      const [found] = rows;
      if (found === undefined) return undefined;
      return found.fingerprint === null ? { version: found.version } : { version: found.version, fingerprint: found.fingerprint };
    },
    readAll: (cursor, limit) => readAll(reader, cursor, limit),
    idle: () => commit.idle(),
  };
};

const appendsOf = ([first, ...others]: WaitingChain): Chain => [first.append, ...others.map((one) => one.append)];
