import { afterEach, describe, expect, it } from 'vitest';
import { type OpenApi, type OpenOptions, openApi } from '../testing/open-api.ts';

let api: OpenApi;
const opened = async (changed: OpenOptions = {}): Promise<OpenApi> => {
  api = await openApi(changed);
  return api;
};
afterEach(() => api.stop());

describe('GET /models and /tools', () => {
  it('list what is configured, as every list is', async () => {
    await opened();
    expect((await api.get('/models')).json).toEqual({
      items: [
        { name: 'small', model: 'acme/small-1', isDefault: true },
        { name: 'large', model: 'acme/large-1', isDefault: false },
      ],
      nextCursor: null,
    });
    const { items } = (await api.get('/tools')).json;
    expect(items.map(({ server }: { server: string }) => server)).toEqual(['files', 'web']);
  });

  it('come in pages too', async () => {
    await opened();
    const { nextCursor } = (await api.get('/models?limit=1')).json;
    const { items, nextCursor: end } = (await api.get(`/models?limit=1&cursor=${nextCursor}`)).json;
    expect([items[0].name, end]).toEqual(['large', null]);
    expect((await api.get('/models?cursor=nonsense')).status).toBe(422);
  });
});

describe('GET /readyz', () => {
  it('shows the checks that pass', async () => {
    await opened();
    expect((await api.get('/readyz')).json).toEqual({ ready: true, checks: { database: { ok: true }, queue: { ok: true } } });
  });

  it('names the check that fails', async () => {
    await opened({ checks: async () => ({ database: { ok: false, detail: 'connection refused' }, queue: { ok: true } }) });
    const { status, json, headers } = await api.get('/readyz');
    expect([status, json.detail, headers.get('retry-after')]).toEqual([503, 'database: connection refused', '1']);
    expect(json.checks.queue).toEqual({ ok: true });
  });
});

describe('GET /readyz of checks that cannot be made', () => {
  it('is not ready', async () => {
    await opened({ checks: () => Promise.reject(new Error('secret')) });
    const { status, text } = await api.get('/readyz');
    expect(status).toBe(503);
    expect(text).not.toContain('secret');
  });
});

describe('GET /metrics', () => {
  it('counts by route template, and adds what others count', async () => {
    await opened({ metrics: async () => 'other_metric 1\n' });
    const { id } = (await api.post('/conversations', {})).json;
    await api.get(`/conversations/${id}`);
    await api.get('/nowhere');
    const { text } = await api.get('/metrics');
    expect(text).toContain('turnlog_http_requests_total{method="GET",route="/conversations/:id",status="200"} 1');
    expect(text).toContain('turnlog_http_requests_total{method="GET",route="none",status="404"} 1');
    expect(text).toContain('other_metric 1');
    expect(text).not.toContain(id);
  });
});

describe('GET /healthz', () => {
  it('answers without a token', async () => {
    await opened();
    const response = await fetch(`${api.url}/healthz`);
    expect([response.status, await response.json()]).toEqual([200, { ok: true }]);
  });
});
