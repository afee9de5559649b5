// A door before a server, so that a test can tell when a client left: whether it hung up is not for the client to say.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface WatchedDoor {
  readonly url: string;
  /** Resolves when a client that is inside now has broken its connection, with the moment on `performance.now()`'s clock. */
  untilLeft(): Promise<number>;
  close(): Promise<void>;
}

export const openWatchedDoor = async (target: string): Promise<WatchedDoor> => {
  const { hostname, port, pathname } = new URL(target);
  const inside = new Set<Socket>();
  const door = createServer((client) => {
    const server = connect(Number(port), hostname);
    inside.add(client);
    client.pipe(server).pipe(client);
    const end = () => {
      inside.delete(client);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
  });
  await once(door.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(door.address() as AddressInfo).port}${pathname}`,
    untilLeft: () =>
      Promise.race(
        [...inside].map((client) => new Promise<number>((resolve) => client.once('close', () => resolve(performance.now())))),
      ),
    close: async () => {
      for (const client of inside) client.destroy();
      door.close();
      if (door.listening) await once(door, 'close');
    },
  };
};
