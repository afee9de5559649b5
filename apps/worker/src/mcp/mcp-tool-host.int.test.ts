import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { setupLocalHost } from './fixtures/local-host.ts';
import { callOf, never, until } from './fixtures/test-servers.ts';

const text = (value: unknown) => ({ type: 'returned', result: { isError: false, content: [{ type: 'text', text: value }] } });

describe('calling a tool', () => {
  it('reads a real file through server-filesystem', async () => {
    const { host, folder } = setupLocalHost();
    writeFileSync(join(folder, 'note.txt'), 'a real file');

    const outcome = await host.call(callOf('files', 'read_text_file', { path: join(folder, 'note.txt') }), never);

    expect(outcome).toMatchObject({ ...text('a real file'), result: { structuredContent: { content: 'a real file' } } });
  });

  it('keeps content that is not text whole', async () => {
    const { host } = setupLocalHost();

    const outcome = await host.call(callOf('everything', 'get-tiny-image'), never);

    const image = { type: 'image', mimeType: 'image/png', data: expect.any(String) };
    expect(outcome).toMatchObject({ result: { content: expect.arrayContaining([expect.objectContaining(image)]) } });
  });

  it('passes isError results on', async () => {
    const { host } = setupLocalHost();

    const outcome = await host.call(callOf('files', 'read_text_file', { path: '/etc/hostname' }), never);

    expect(outcome).toMatchObject({ type: 'returned', result: { isError: true } });
  });

  it('answers an unknown tool, or a protocol error, as a result', async () => {
    const { host } = setupLocalHost();

    const [unknown, refused] = await Promise.all([
      host.call(callOf('everything', 'no-such-tool'), never),
      host.call(callOf('counter', 'no-such-tool'), never),
    ]);

    expect(unknown).toMatchObject({ type: 'returned', result: { isError: true } });
    expect(refused).toMatchObject({ type: 'returned', result: { isError: true, content: [{ type: 'text' }] } });
  });

  it('keeps a result that does not match its output schema', async () => {
    const { host } = setupLocalHost();
    await host.list(['counter'], never);

    const outcome = await host.call(callOf('counter', 'liar'), never);

    expect(outcome).toMatchObject({ ...text('not a number'), result: { structuredContent: { n: 'one' } } });
  });

  it('sends the same effect id with every attempt', async () => {
    const { host, counted } = setupLocalHost();
    const request = { ...callOf('counter', 'count'), effectId: 'the-effect' };

    await host.call(request, never);
    await host.call(request, never);

    expect(counted()).toEqual(['count the-effect', 'count the-effect']);
  });

  it('times out as unknown', async () => {
    const { host } = setupLocalHost({ timeoutMs: 300 });

    const outcome = await host.call(callOf('counter', 'slow', { ms: 60_000 }), never);

    expect(outcome).toMatchObject({ type: 'unknown', failure: { kind: 'timeout', phase: 'total' } });
  });

  it('does not time out while the server makes progress', async () => {
    const { host } = setupLocalHost({ timeoutMs: 500 });

    const outcome = await host.call(callOf('counter', 'progress', { steps: 8, ms: 100 }), never);

    expect(outcome).toMatchObject(text('arrived'));
  });

  it('cancels the call when it is aborted, and does not wait for the server', async () => {
    const { host, counted } = setupLocalHost();
    const abort = new AbortController();
    const call = host.call(callOf('counter', 'slow', { ms: 60_000 }), abort.signal);
    await until(() => counted().some((line) => line.startsWith('slow')));

    abort.abort();

    expect(await call).toMatchObject({ type: 'unknown', failure: { kind: 'lost' } });
    await until(() => counted().includes('cancelled'));
  });

  it('sends nothing for a call that is already aborted', async () => {
    const { host, counted } = setupLocalHost();

    const outcome = await host.call(callOf('counter', 'count'), AbortSignal.abort());

    expect(outcome).toMatchObject({ type: 'not_sent', failure: { kind: 'lost' } });
    expect(counted()).toEqual(['']);
  });

  it('runs no more calls at once than the server takes', async () => {
    const { host, counted } = setupLocalHost({ maxConcurrency: 1 });
    const abort = new AbortController();
    const first = host.call(callOf('counter', 'slow', { ms: 60_000 }), abort.signal);
    await until(() => counted().some((line) => line.startsWith('slow')));

    const second = host.call(callOf('counter', 'count'), never);
    await host.list(['counter'], never);
    const linesBefore = counted().filter((line) => line.startsWith('count')).length;
    abort.abort();
    await Promise.all([first, second]);

    expect(linesBefore).toBe(0);
    expect(await second).toMatchObject(text('1'));
  });
});
