// The public server-everything over streamable HTTP, behind a proxy that counts what it is asked to do.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { poll } from './api-client.ts';
import { referenceServer } from './workspace.ts';

export interface RemoteEverything {
  readonly url: string;
  /** How often this method was asked for. */
  asked(method: string): number;
  stop(): Promise<void>;
}

export const startRemoteEverything = async (): Promise<RemoteEverything> => {
  const port = await freePort();
  const { command, args } = referenceServer('everything', 'streamableHttp');
  const child = spawn(command, args, { env: { PATH: process.env.PATH, PORT: String(port) }, stdio: 'ignore' });
  await poll(
    () => fetch(`http://127.0.0.1:${port}/`),
    () => true,
  );
  const methods: string[] = [];
  const proxy = createServer(async (incoming, outgoing) => {
    const body = await buffer(incoming);
    methods.push(methodOf(body));
    const forwarded = request({
      port,
      host: '127.0.0.1',
      path: incoming.url,
      method: incoming.method,
      headers: incoming.headers,
    });
    forwarded.on('response', (answer: IncomingMessage) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    outgoing.on('close', () => forwarded.destroy());
    forwarded.end(body);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${portOf(proxy)}/mcp`,
    asked: (method) => methods.filter((one) => one === method).length,
    stop: async () => {
      proxy.closeAllConnections();
      proxy.close();
      await kill(child);
    },
  };
};

const methodOf = (body: Buffer): string => {
  try {
    return String((JSON.parse(body.toString()) as { method?: unknown }).method);
  } catch {
    return '';
  }
};

const portOf = (server: Pick<Server, 'address'>): number => (server.address() as AddressInfo).port;

const freePort = async (): Promise<number> => {
  const server = createSocketServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
};

const kill = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
};
