// Starts and stops listening. Stopping ends live streams at once and lets requests under way finish.

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';

export class PortUnavailable extends Error {
  override readonly name = 'PortUnavailable';
  readonly port: number;
  constructor(host: string, port: number, why: string, cause: unknown) {
    super(`Port ${port} on ${host} ${why}. Stop what uses it, or set TURNLOG_PORT to another port.`, { cause });
    this.port = port;
  }
}

export interface Listening {
  /** The port in use, also where 0 was asked for. */
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** How long requests under way may take once stopping has begun. */
  readonly graceMs?: number;
}

const headersTimeoutMs = 60_000;

export const listen = async (api: Express, { host, port, graceMs = 5_000 }: ListenOptions): Promise<Listening> => {
  const open = new Set<ServerResponse>();
  const server = createServer({ headersTimeout: headersTimeoutMs }, (request, response) => {
    open.add(response);
    response.once('close', () => open.delete(response));
    api(request, response);
  });
  await bind(server, host, port);
  const { port: bound } = server.address() as AddressInfo;
  return {
    port: bound,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    stop: () => stop(server, open, graceMs),
  };
};

const bind = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(portError(error, host, port)));
    server.listen({ host, port }, resolve);
  });

const portError = (error: NodeJS.ErrnoException, host: string, port: number): Error => {
  if (error.code === 'EADDRINUSE') return new PortUnavailable(host, port, 'is in use', error);
  if (error.code === 'EACCES') return new PortUnavailable(host, port, 'needs rights that this process does not have', error);
  return error;
};

const stop = async (server: Server, open: ReadonlySet<ServerResponse>, graceMs: number): Promise<void> => {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const response of open) if (isStream(response)) endStream(response);
  await Promise.race([answered(open), after(graceMs)]);
  // What is left is kept alive for requests that nobody will answer any more, or has had its time.
  server.closeAllConnections();
  await closed;
};

/** All answers that are under way have left. */
const answered = (open: ReadonlySet<ServerResponse>): Promise<void> =>
  new Promise((resolve) => {
    const look = () => {
      if (open.size === 0) setImmediate(resolve);
    };
    for (const response of open) response.once('close', look);
    look();
  });

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

/** What a slow client has not taken yet is cut off: it resumes after the last event that it has whole. */
const endStream = (response: ServerResponse): void => {
  if (response.writableLength > 0) response.destroy();
  else response.end();
};

const isStream = (response: ServerResponse): boolean => response.getHeader('content-type') === 'text/event-stream';
