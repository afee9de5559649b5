import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface TcpProxy {
  readonly url: string;
  /** Connections that pass through it now. */
  connections(): number;
  /** Breaks every connection and refuses new ones, as a stopped server does. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

/** A door before a real server, so that a test can take the server away without stopping it for others. */
export const openTcpProxy = async (target: string): Promise<TcpProxy> => {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();

  const join = (from: Socket, to: Socket): void => {
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
      one.pipe(other);
    }
  };

  const listen = async (at: number): Promise<Server> => {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      join(socket, connect(Number(port), hostname));
    });
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };

  let server = await listen(0);
  const own = (server.address() as AddressInfo).port;
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String(own);

  const goAway = async (): Promise<void> => {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };

  return {
    url: url.href,
    connections: () => sockets.size,
    goAway,
    comeBack: async () => {
      server = await listen(own);
    },
    close: goAway,
  };
};
