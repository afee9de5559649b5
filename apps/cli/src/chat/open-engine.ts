// The engine of a chat: one in this process, or one that runs elsewhere. The chat speaks to both through the API alone.

import { setTimeout as delay } from 'node:timers/promises';
import type { CatalogueEntry } from '@turnlog/core';
import { createTurnlogClient, type TurnlogClient } from '../client/turnlog-client.ts';
import type { Settings } from '../compose/read-settings.ts';
import { startTurnlog } from '../compose/start-turnlog.ts';

export interface ChatEngine {
  readonly client: TurnlogClient;
  /** Which model answers and which servers offer tools, in words. */
  readonly about: string;
  /** What the MCP servers offer; an engine that has just started is given time to ask them. */
  readonly listedTools: () => Promise<readonly CatalogueEntry[]>;
  readonly isForeignWorker: (worker: string) => boolean;
  close(): Promise<void>;
}

const defaultConcurrency = 10;
/** A turn that is still open when a person leaves was cancelled, or goes on with the next engine. */
const graceMs = 1_000;

export const startEngine = async (
  settings: Settings,
  signal: AbortSignal,
  concurrency = defaultConcurrency,
): Promise<ChatEngine> => {
  const { environment, models, configuration } = settings;
  const running = await startTurnlog({
    ...settings,
    databaseUrl: environment.databaseUrl,
    redisUrl: environment.redisUrl,
    dataDir: environment.dataDir,
    concurrency,
    hasWorker: true,
    api: { host: '127.0.0.1', port: 0, allowedHosts: [], token: environment.token },
    signal,
  });
  if (running.api === undefined) throw new Error('A chat needs the API.');
  const servers = Object.keys(configuration.servers);
  const baseUrl = models.endpointOf(models.defaultName)?.baseUrl;
  const client = createTurnlogClient(running.api.url, running.api.token);
  return {
    client,
    listedTools: () => toolsOf(client, servers, signal),
    about: `model ${models.defaultName} at ${baseUrl} · ${servers.length > 0 ? `tools from ${servers.join(', ')}` : 'no tools'}`,
    isForeignWorker: (worker) => !worker.includes(`-${process.pid}-`),
    close: () => running.stop(graceMs),
  };
};

const listingPatienceMs = 15_000;
const listingPauseMs = 100;

const toolsOf = async (
  client: TurnlogClient,
  servers: readonly string[],
  signal: AbortSignal,
): Promise<readonly CatalogueEntry[]> => {
  const until = performance.now() + listingPatienceMs;
  for (;;) {
    const listed = await client.tools();
    const isWhole = servers.every((server) => listed.some((entry) => entry.server === server));
    if (isWhole || performance.now() > until) return listed;
    await delay(listingPauseMs, undefined, { signal });
  }
};

/** `url` may hold the token as `npm start` prints it: `http://127.0.0.1:3210/?token=…`. */
export const joinEngine = async (url: string, givenToken: string | undefined, model: string | undefined): Promise<ChatEngine> => {
  const address = new URL(url);
  const token = address.searchParams.get('token') ?? givenToken;
  const client = createTurnlogClient(address.origin, token);
  const models = await client.models();
  const chosen = model === undefined ? models.find(({ isDefault }) => isDefault) : models.find(({ name }) => name === model);
  if (model !== undefined && chosen === undefined)
    throw new Error(
      `${address.origin} has no model ${JSON.stringify(model)}. It has: ${models.map(({ name }) => name).join(', ')}`,
    );
  const unusable = chosen?.isUsable === false ? ' (which has no key there)' : '';
  return {
    client,
    listedTools: client.tools,
    about: `model ${chosen?.name ?? 'unknown'}${unusable} · engine at ${address.origin}`,
    isForeignWorker: () => false,
    close: async () => {},
  };
};
