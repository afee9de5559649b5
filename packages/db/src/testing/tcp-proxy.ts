// A door before a real server, so that a test can take the server away, or the answer to one statement, without stopping it for others.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  readonly url: string;
  /** Breaks every connection and refuses new ones, as a stopped server does. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  /** From now on nothing that the server answers arrives; what clients send still does. */
  swallowAnswers(): void;
  close(): Promise<void>;
}

export const openTcpProxy = async (target: string): Promise<TcpProxy> => {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let isSwallowing = false;

  const accept = (client: Socket): void => {
    const server = connect(Number(port || 5432), hostname);
    server.setNoDelay(true);
    client.setNoDelay(true);
    open.add(client);
    client.on('data', (data) => server.write(data));
    server.on('data', (data) => isSwallowing || client.write(data));
    const end = (): void => {
      open.delete(client);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
  };

  const listen = async (at: number) => {
    const door = createServer(accept).listen(at, '127.0.0.1');
    await once(door, 'listening');
    return door;
  };

  let door = await listen(0);
  const own = (door.address() as AddressInfo).port;
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String(own);

  const goAway = async (): Promise<void> => {
    const closed = door.listening ? once(door, 'close') : undefined;
    door.close();
    for (const socket of open) socket.destroy();
    await closed;
  };
  return {
    url: url.href,
    goAway,
    comeBack: async () => {
      isSwallowing = false;
      door = await listen(own);
    },
    swallowAnswers: () => {
      isSwallowing = true;
    },
    close: goAway,
  };
};
