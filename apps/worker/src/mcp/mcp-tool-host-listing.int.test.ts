import { describe, expect, it } from 'vitest';
import type { ToolHost, ToolListing } from '../ports/tool-host.ts';
import { setupLocalHost } from './fixtures/local-host.ts';
import { callOf, never, until } from './fixtures/test-servers.ts';

async function namesOf(host: ToolHost, servers: string[]): Promise<string[]> {
  return listed(await host.list(servers, never)).tools.map(({ name }) => name);
}

const listed = (listing: ToolListing) => (listing.type === 'listed' ? listing : { tools: [], warnings: [] });

describe('listing tools', () => {
  it('lists every page, and leaves a broken tool out with a warning', async () => {
    const { host } = setupLocalHost();

    const { tools, warnings } = listed(await host.list(['counter'], never));

    const expected = ['count', 'slow', 'die', 'dotted.name', 'l'.repeat(100), 'progress', 'liar', 'grow'];
    expect(tools.map(({ tool }) => tool)).toEqual(expected);
    expect(warnings).toEqual([expect.stringContaining('tool "broken" is left out')]);
  });

  it('maps colliding and overlong names, and keeps schemas as they were sent', async () => {
    const { host } = setupLocalHost({ approval: { count: 'ask' }, trust: true });

    const { tools } = listed(await host.list(['files', 'counter', 'twin'], never));

    const counter = tools.filter(({ server }) => server === 'counter');
    expect(counter[0]).toMatchObject({ name: 'counter__count', approval: 'ask', trusted: true, onUnknownOutcome: 'ask' });
    expect(JSON.stringify(counter[0]?.inputSchema)).toMatch(/^\{"\$schema":/);
    expect(counter[3]?.name).toMatch(/^counter__dotted_name_[0-9a-f]{8}$/);
    expect(tools.every(({ name }) => /^[a-zA-Z0-9_-]{1,64}$/.test(name))).toBe(true);
    expect(tools[0]).toMatchObject({ server: 'files', name: 'read_file', annotations: { readOnlyHint: true } });
  });

  it('lists the tools of the official servers', async () => {
    const { host } = setupLocalHost();

    const names = await namesOf(host, ['files', 'memory', 'everything']);

    expect(names).toHaveLength(14 + 9 + 15);
  });

  it('offers only enabled tools, and calls no other', async () => {
    const { host, counted } = setupLocalHost({ enabledTools: ['count', 'slow'], disabledTools: ['slow'] });

    const names = await namesOf(host, ['counter']);
    const outcome = await host.call(callOf('counter', 'die'), never);

    expect(names).toEqual(['count']);
    expect(outcome).toMatchObject({ type: 'not_sent', failure: { kind: 'not_configured' } });
    expect(counted()).not.toContainEqual(expect.stringContaining('die'));
  });

  it('asks a server once until it says that its tools changed', async () => {
    const { host, counted } = setupLocalHost();

    await Promise.all([host.list(['counter'], never), host.list(['counter'], never)]);
    const pages = counted().length;
    await host.call(callOf('counter', 'grow'), never);

    expect(pages).toBe(5);
    await until(async () => (await namesOf(host, ['counter'])).includes('grown'));
  });

  it('names the server it does not know or cannot start', async () => {
    const { host } = setupLocalHost();

    expect(await host.list(['nowhere'], never)).toMatchObject({
      type: 'failed',
      server: 'nowhere',
      failure: { kind: 'not_configured' },
    });
    expect(await host.list(['counter', 'missing'], never)).toMatchObject({ type: 'failed', server: 'missing' });
  });
});
