import { setTimeout as delay } from 'node:timers/promises';
import type { Delta, LiveFeed, LiveMessage } from '@turnlog/core';
import { Client } from 'pg';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPostgresLiveFeed } from './postgres-live-feed.ts';
import { createTestDatabase, dropTemplate, openTcpProxy, type TcpProxy, type TestDatabase } from './testing/index.ts';

const id = '00000000-0000-4000-8000-000000000001';
let database: TestDatabase;
let proxy: TcpProxy;
let here: LiveFeed;
let there: LiveFeed;
beforeEach(async () => {
  database = await createTestDatabase();
  proxy = await openTcpProxy(database.url);
  here = createPostgresLiveFeed(database.url);
  there = createPostgresLiveFeed(proxy.url);
});
afterEach(async () => {
  await here.close();
  await there.close();
  await proxy.close();
  await database.drop();
});
afterAll(dropTemplate);

/** Says it again until it is heard: what is said before both have connected is lost. */
const sayUntil = async (say: () => void, isHeard: () => boolean): Promise<void> => {
  for (const end = Date.now() + 15_000; !isHeard() && Date.now() < end; await delay(20)) say();
  expect(isHeard()).toBe(true);
};

const delta = (seq: number, change: Partial<Delta>): LiveMessage => ({
  type: 'delta',
  conversationId: id,
  delta: { step: 1, attempt: 1, seq, ...change },
});

const heardBy = (feed: LiveFeed): LiveMessage[] => {
  const heard: LiveMessage[] = [];
  feed.subscribe(id, (message) => heard.push(message));
  return heard;
};

const connectBoth = async (heard: LiveMessage[]): Promise<void> => {
  await sayUntil(
    () => here.publish({ type: 'version', conversationId: id, version: 1 }),
    () => heard.length > 0,
  );
  await delay(60);
  heard.length = 0;
};

const textOf = (heard: readonly LiveMessage[], key: 'content' | 'reasoning'): string =>
  heard.map((message) => (message.type === 'delta' ? (message.delta[key] ?? '') : '')).join('');

describe('live feed over two processes', () => {
  it('tells listeners of the same process at once', () => {
    const heard = heardBy(here);
    const versions: [string, number][] = [];
    here.subscribeToVersions((...hint) => versions.push(hint));
    here.publish({ type: 'version', conversationId: id, version: 3 });
    here.publish(delta(0, { content: 'a' }));
    expect(heard).toEqual([{ type: 'version', conversationId: id, version: 3 }, delta(0, { content: 'a' })]);
    expect(versions).toEqual([[id, 3]]);
  });

  it('joins deltas and hints on their way to another process', async () => {
    const heard = heardBy(there);
    await connectBoth(heard);
    for (let seq = 0; seq < 100; seq += 1) here.publish(delta(seq, seq % 2 === 0 ? { content: `${seq} ` } : { reasoning: 'r' }));
    for (let version = 2; version < 50; version += 1) here.publish({ type: 'version', conversationId: id, version });
    await sayUntil(
      () => undefined,
      () => heard.length >= 2,
    );
    await delay(100);
    expect(heard.filter(({ type }) => type === 'version')).toEqual([{ type: 'version', conversationId: id, version: 49 }]);
    expect(textOf(heard, 'content')).toBe(Array.from({ length: 50 }, (_, index) => `${index * 2} `).join(''));
    expect(textOf(heard, 'reasoning')).toBe('r'.repeat(50));
    expect(heard.length).toBeLessThan(5);
  });

  it('cuts what no notification could hold', async () => {
    const heard = heardBy(there);
    await connectBoth(heard);
    const content = 'é\0😀"\\'.repeat(5_000);
    here.publish(delta(0, { content }));
    here.publish(delta(1, { toolCall: { index: 0, name: 'read', arguments: '{"a":' } }));
    here.publish(delta(2, { toolCall: { index: 0, arguments: '1}' } }));
    await sayUntil(
      () => undefined,
      () => textOf(heard, 'content').length >= content.length && heard.at(-1)?.type === 'delta',
    );
    await delay(60);
    expect(textOf(heard, 'content')).toBe(content);
    expect(heard.at(-1)).toEqual(delta(2, { toolCall: { index: 0, name: 'read', arguments: '{"a":1}' } }));
  });

  it('sends nothing while nobody listens', async () => {
    const spy = new Client({ connectionString: database.url });
    await spy.connect();
    const payloads: string[] = [];
    spy.on('notification', ({ payload }) => payloads.push(payload ?? ''));
    await spy.query('LISTEN turnlog_live');
    await delay(150);
    for (let seq = 0; seq < 10; seq += 1) here.publish(delta(seq, { content: 'x' }));
    here.publish({ type: 'version', conversationId: id, version: 3 });
    await delay(150);
    expect(payloads.filter((payload) => !payload.includes('"who"'))).toEqual([]);
    await spy.end();
  });

  it('hears again after its connection was lost', async () => {
    const heard = heardBy(there);
    await connectBoth(heard);
    await proxy.goAway();
    await delay(50);
    await proxy.comeBack();
    await connectBoth(heard);
    here.publish(delta(0, { content: 'again' }));
    await sayUntil(
      () => undefined,
      () => textOf(heard, 'content') === 'again',
    );
  });

  it('stops telling who has stopped listening', async () => {
    const heard: number[] = [];
    const stop = here.subscribeToVersions((_, version) => heard.push(version));
    here.publish({ type: 'version', conversationId: id, version: 1 });
    stop();
    here.publish({ type: 'version', conversationId: id, version: 2 });
    expect(heard).toEqual([1]);
  });
});
