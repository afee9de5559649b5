// One connection that listens and notifies, and comes back by itself. What is sent while it is away is lost, as the port allows.

import { Client } from 'pg';

export interface FeedConnection {
  send(payload: string): void;
  close(): Promise<void>;
}

export interface FeedConnectionOptions {
  readonly url: string;
  readonly onPayload: (payload: string) => void;
  readonly onConnected: () => void;
}

const CHANNEL = 'turnlog_live';
const NOTIFY = 'SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload';
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;
const TIMEOUT_MS = 5_000;

export const openFeedConnection = ({ url, onPayload, onConnected }: FeedConnectionOptions): FeedConnection => {
  let live: Client | undefined;
  let opening: Promise<void> | undefined;
  let sending: Promise<void> | undefined;
  let waiting: string[] = [];
  let retry: NodeJS.Timeout | undefined;
  let tries = 0;
  let isClosed = false;

  const lose = (client: Client): void => {
    if (live === client) live = undefined;
    waiting = [];
    client.end().catch(() => undefined);
    if (isClosed || retry !== undefined) return;
    retry = setTimeout(connect, Math.min(FIRST_RETRY_MS * 2 ** tries, MAX_RETRY_MS));
    retry.unref();
    tries += 1;
  };

  const connect = (): void => {
    retry = undefined;
    const client = new Client({
      connectionString: url,
      application_name: 'turnlog live',
      keepAlive: true,
      connectionTimeoutMillis: TIMEOUT_MS,
      query_timeout: TIMEOUT_MS,
    });
    client.on('error', () => lose(client));
    client.on('end', () => lose(client));
    client.on('notification', ({ payload }) => payload !== undefined && onPayload(payload));
    const listen = async (): Promise<void> => {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      if (isClosed) return client.end();
      live = client;
      tries = 0;
      onConnected();
    };
    opening = listen().catch(() => lose(client));
  };

  /** What gathers while one statement is under way goes with the next: one commit for all of it. */
  const flush = async (client: Client): Promise<void> => {
    try {
      while (waiting.length > 0) await client.query(NOTIFY, [CHANNEL, waiting.splice(0)]);
    } catch {
      lose(client);
    }
    sending = undefined;
  };

  connect();
  return {
    send: (payload) => {
      if (live === undefined) return;
      waiting.push(payload);
      sending ??= flush(live);
    },
    close: async () => {
      isClosed = true;
      clearTimeout(retry);
      await opening;
      await sending;
      await live?.end().catch(() => undefined);
    },
  };
};
