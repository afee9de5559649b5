// Where the scenarios of the conformance suite meet the engine under test. They all begin at once, each with a server of its
// own; when the expected number has come, one engine is given all of their servers.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface Scenario {
  readonly scenario: string;
  /** The revision of the protocol that its server speaks. */
  readonly revision: string;
  readonly url: string;
  readonly context: { readonly toolCalls?: readonly { readonly name: string; readonly arguments: Record<string, unknown> }[] };
}

export interface ArrivedScenario extends Scenario {
  /** Lets the runner judge what its server has seen. */
  judge(turn: { readonly ended: boolean; readonly words: string }): void;
}

export const openGate = async () => {
  const arrived: ArrivedScenario[] = [];
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    const scenario = (await json(request)) as Scenario;
    arrived.push({ ...scenario, judge: ({ ended, words }) => response.writeHead(ended ? 200 : 500).end(words) });
    for (const wake of waiting) wake();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    /** Resolves when so many scenarios have begun. */
    all: async (count: number): Promise<readonly ArrivedScenario[]> => {
      while (arrived.length < count) await new Promise<void>((resolve) => waiting.add(resolve));
      return arrived;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
