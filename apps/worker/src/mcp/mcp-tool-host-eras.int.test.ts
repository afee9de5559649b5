import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { ToolHost } from '../ports/tool-host.ts';
import { startModernHttpServer } from './fixtures/modern-http-server.ts';
import { startSessionServer } from './fixtures/session-server.ts';
import { callOf, configured, never, nodeServer, until } from './fixtures/test-servers.ts';
import { createMcpToolHost, type McpServerConfig } from './mcp-tool-host.ts';

const modernPath = fileURLToPath(new URL('./fixtures/modern-server.mjs', import.meta.url));

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const hostOf = (server: McpServerConfig): ToolHost => {
  const host = createMcpToolHost({ server });
  cleanups.push(() => host.close());
  return host;
};
const http = (url: string) => configured({ type: 'http', url, headers: {} });
const namesOf = async (host: ToolHost): Promise<readonly string[]> => {
  const listing = await host.list(['server'], never);
  return listing.type === 'listed' ? listing.tools.map(({ name }) => name) : [listing.failure.message];
};
const text = (value: string) => ({ type: 'returned', result: { content: [{ type: 'text', text: value }] } });

describe('a server of the 2026 era', () => {
  it('is called over stdio, and listed again when it says that its tools changed', async () => {
    const host = hostOf(nodeServer([modernPath]));

    const before = await namesOf(host);
    await host.call(callOf('server', 'grow'), never);

    expect(before).toEqual(['count', 'grow']);
    await until(async () => (await namesOf(host)).includes('grown'));
    expect(await host.call(callOf('server', 'count'), never)).toMatchObject(text('2'));
  });

  it('is called over HTTP, and listed again when its subscription says that its tools changed', async () => {
    const server = await startModernHttpServer();
    cleanups.push(server.stop);
    const host = hostOf(http(server.url));

    const before = await namesOf(host);
    await namesOf(host);
    const listedOnce = server.memory.listed;
    await host.call(callOf('server', 'grow'), never);
    await until(async () => (await namesOf(host)).includes('grown'));

    expect([before, listedOnce]).toEqual([['count', 'grow'], 1]);
    expect(server.methods).toContain('subscriptions/listen');
    expect(server.methods).not.toContain('initialize');
  });

  it('is listed anew where its listing holds for no time, but not for each call', async () => {
    const server = await startModernHttpServer({ ttlMs: 0 });
    cleanups.push(server.stop);
    const host = hostOf(http(server.url));

    await namesOf(host);
    await host.call(callOf('server', 'count'), never);
    await host.call(callOf('server', 'count'), never);
    const afterCalls = server.memory.listed;
    await namesOf(host);

    expect([afterCalls, server.memory.listed]).toEqual([1, 2]);
  });
});

describe('a server of the 2025 era over HTTP', () => {
  it('is listed again when it says that its tools changed', async () => {
    const server = await startSessionServer();
    cleanups.push(server.stop);
    const host = hostOf(http(server.url));

    const before = await namesOf(host);
    await until(() => server.methods.includes('GET'));
    await host.call(callOf('server', 'grow'), never);

    expect(before).toEqual(['count', 'grow']);
    await until(async () => (await namesOf(host)).includes('grown'));
  });
});
