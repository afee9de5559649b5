// What a model says reaches a listener as it is said, also when API and worker are two processes.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApiClient } from './support/api-client.ts';
import { backends } from './support/backends.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';

const said = 'one two three four five';

describe.each(backends())('on $name', ({ env }) => {
  let engine: EngineUnderTest;
  beforeEach(async () => {
    engine = await createEngineUnderTest({
      env: env(),
      scripts: { 'count aloud': [{ content: said, latency: 60 }] },
    });
  });
  afterEach(() => engine.end());

  it('deltas of another process come before the event that replaces them, and add up to it', async () => {
    const [server] = await Promise.all([engine.startApi(), engine.startWorker()]);
    const { id } = await createApiClient(server).create({ servers: [] });
    const leaving = new AbortController();
    const response = await fetch(new URL(`/conversations/${id}/events`, server.url), {
      signal: leaving.signal,
      headers: { authorization: `Bearer ${server.token}`, accept: 'text/event-stream' },
    });
    await createApiClient(server).post(`/conversations/${id}/turns`, { input: 'count aloud' });

    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.includes('ModelResponded')) break;
    }
    leaving.abort();

    const deltas = [...text.slice(0, text.indexOf('ModelResponded')).matchAll(/^event: ?delta\ndata: ?(.*)$/gm)].map(([, data]) =>
      JSON.parse(data ?? ''),
    );
    expect(deltas.length).toBeGreaterThan(2);
    expect(said.startsWith(deltas.map((delta) => delta.content ?? '').join(''))).toBe(true);
  });
});
