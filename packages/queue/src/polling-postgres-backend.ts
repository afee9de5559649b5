// BullMQ's Postgres backend with two of its public methods bounded; everything else is BullMQ's own.
import { setTimeout as pause } from 'node:timers/promises';
import { type BackendFactory, PostgresConnection, type PostgresConnectionOptions, PostgresQueueBackend } from 'bullmq';
import { POLL_SECONDS, RETRY_PAUSE_MS } from './queue-settings.ts';

class PollingPostgresBackend extends PostgresQueueBackend {
  // After a failed wait the Worker blocks for this ceiling instead of its drainDelay (worker.js: waitForJob returns
  // Infinity), and BullMQ's ceiling is an hour: a notification lost then would be an hour's delay.
  override get maximumBlockTimeout(): number {
    return POLL_SECONDS;
  }

  // The Worker retries at once after any error but ECONNREFUSED ("the database system is starting up", a missing schema),
  // as fast as the error returns.
  override async moveToActive(token: string, name?: string): ReturnType<PostgresQueueBackend['moveToActive']> {
    try {
      return await super.moveToActive(token, name);
    } catch (error) {
      await pause(RETRY_PAUSE_MS);
      throw error;
    }
  }
}

export const createPollingPostgresBackend: BackendFactory<PostgresQueueBackend, PostgresConnectionOptions> = (name, opts) =>
  new PollingPostgresBackend(new PostgresConnection(opts.connection), name, opts);
