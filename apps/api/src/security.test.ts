// Made from the list of routes: a new route is judged by the same table without anybody thinking of it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allRoutes } from './all-routes.ts';
import type { ApiDependencies } from './api-dependencies.ts';
import { createRequestMetrics } from './request-metrics.ts';
import { askRaw } from './testing/ask-raw.ts';
import { bearer, type OpenApi, openApi, token } from './testing/open-api.ts';

let api: OpenApi;
let cookie: string;
let id: string;
beforeAll(async () => {
  api = await openApi({ allowedHosts: ['turnlog.example.com'] });
  id = (await api.post('/conversations', {})).json.id;
  const { headers } = await askRaw(api.url, { method: 'GET', path: `/?token=${token}` });
  cookie = String(headers['set-cookie']).split(';')[0] ?? '';
});
afterAll(() => api.stop());

// The list does not depend on what the routes are given.
const given: Partial<ApiDependencies> = {
  token,
  exports: { formats: [], openFile: async () => undefined, rowsOf: async () => undefined },
};
const routes = allRoutes(given as ApiDependencies, createRequestMetrics());
const pathOf = (path: string): string => path.replace(':id', id).replace(':callId', 'call_1_1');

interface Attack {
  readonly name: string;
  readonly headers: () => Readonly<Record<string, string>>;
  readonly status: number;
  readonly body?: string;
  readonly appliesTo?: (route: { readonly method: string; readonly access: string }) => boolean;
}

const json = { 'content-type': 'application/json' };
const attacks: readonly Attack[] = [
  { name: 'no token', headers: () => json, status: 401, appliesTo: ({ access }) => access === 'token' },
  {
    name: 'a wrong token',
    headers: () => ({ ...json, authorization: 'Bearer wrong' }),
    status: 401,
    appliesTo: ({ access }) => access === 'token',
  },
  {
    name: 'a wrong token beside the cookie',
    headers: () => ({ cookie, authorization: 'Bearer wrong' }),
    status: 401,
    appliesTo: ({ access }) => access === 'token',
  },
  {
    name: 'the token as Basic',
    headers: () => ({ ...json, authorization: `Basic ${token}` }),
    status: 401,
    appliesTo: ({ access }) => access === 'token',
  },
  {
    name: 'a foreign Host',
    headers: () => ({ ...bearer, ...json, host: 'evil.example', origin: 'http://evil.example' }),
    status: 403,
  },
  { name: 'a rebound Host without Origin', headers: () => ({ ...bearer, ...json, host: 'evil.example:3210' }), status: 403 },
  { name: 'a Host that begins like ours', headers: () => ({ ...bearer, ...json, host: 'localhost.evil.example' }), status: 403 },
  { name: 'a Host with a user', headers: () => ({ ...bearer, ...json, host: 'localhost:80@evil.example' }), status: 403 },
  { name: 'a foreign Origin', headers: () => ({ ...bearer, ...json, origin: 'https://evil.example' }), status: 403 },
  { name: 'an Origin of another port', headers: () => ({ ...bearer, ...json, origin: 'http://127.0.0.1:9' }), status: 403 },
  { name: 'an opaque Origin', headers: () => ({ ...bearer, ...json, origin: 'null' }), status: 403 },
  { name: 'another site', headers: () => ({ ...bearer, ...json, 'sec-fetch-site': 'cross-site' }), status: 403 },
  {
    name: 'a cookie without CSRF header',
    headers: () => ({ ...json, cookie }),
    status: 403,
    appliesTo: ({ method }) => method !== 'get',
  },
  {
    name: 'a cookie from a page on another port',
    headers: () => ({ ...json, cookie, 'sec-fetch-site': 'same-site' }),
    status: 403,
    appliesTo: ({ method }) => method !== 'get',
  },
  { name: 'a body of plain text', headers: () => ({ ...bearer, 'content-type': 'text/plain' }), status: 415, body: '{}' },
];

describe.each(routes.map((route) => ({ route, name: `${route.method.toUpperCase()} ${route.path}` })))('$name', ({ route }) => {
  const members = attacks.filter(({ appliesTo = () => true }) => appliesTo(route));
  it.each(members)('refuses $name', async ({ headers, status, body }) => {
    const reply = await askRaw(api.url, {
      method: route.method.toUpperCase(),
      path: pathOf(route.path),
      headers: headers(),
      ...(body !== undefined && { body }),
    });
    expect(reply.status).toBe(status);
    expect(reply.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(reply.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('the live stream', () => {
  it.each(
    attacks.filter(({ status, body }) => status === 403 && body === undefined).filter(({ appliesTo }) => appliesTo === undefined),
  )('refuses $name', async ({ headers }) => {
    const { status } = await askRaw(api.url, {
      method: 'GET',
      path: `/conversations/${id}/events`,
      headers: { ...headers(), accept: 'text/event-stream' },
    });
    expect(status).toBe(403);
  });
});

describe('a path that no route has', () => {
  it.each(['/nowhere', '/healthz/', '/HEALTHZ', '//healthz', '/healthz/../models', '/%68ealthz'])(
    '%s tells nothing without a token',
    async (path) => {
      expect((await askRaw(api.url, { method: 'GET', path })).status).toBe(401);
    },
  );
});

describe('the way in', () => {
  it('changes the token of the address into a strict cookie that is not the token', async () => {
    const { status, headers } = await askRaw(api.url, { method: 'GET', path: `/?token=${token}` });
    expect([status, headers.location]).toEqual([303, '/']);
    expect(String(headers['set-cookie'])).toMatch(/^turnlog_[0-9a-f]{8}=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(String(headers['set-cookie'])).not.toContain(token);
  });

  it('refuses another token, and takes none on other routes', async () => {
    expect((await askRaw(api.url, { method: 'GET', path: '/?token=wrong' })).status).toBe(401);
    expect((await askRaw(api.url, { method: 'GET', path: `/models?token=${token}` })).status).toBe(401);
  });

  it('lets the cookie read, and change with a CSRF header or from our own page', async () => {
    expect((await askRaw(api.url, { method: 'GET', path: '/models', headers: { cookie: `other=1; ${cookie}` } })).status).toBe(
      200,
    );
    for (const shown of [{ 'x-turnlog-csrf': '1' }, { 'sec-fetch-site': 'same-origin' }])
      expect(
        (await askRaw(api.url, { method: 'POST', path: '/conversations', headers: { ...json, ...shown, cookie }, body: '{}' }))
          .status,
      ).toBe(201);
  });

  it('is open where the operator asked for no authentication, to our own hosts alone', async () => {
    const open = await openApi({ token: undefined });
    expect((await askRaw(open.url, { method: 'GET', path: '/models' })).status).toBe(200);
    expect((await askRaw(open.url, { method: 'GET', path: '/models', headers: { host: 'evil.example' } })).status).toBe(403);
    await open.stop();
  });
});

describe('a Host', () => {
  it.each([
    'localhost',
    'localhost:1',
    '127.0.0.1:3210',
    '[::1]:3210',
    '[::1]',
    'LOCALHOST:9',
    'turnlog.example.com',
    'turnlog.example.com:443',
  ])('%s is allowed', async (host) => {
    expect((await askRaw(api.url, { method: 'GET', path: '/healthz', headers: { host } })).status).toBe(200);
  });

  it('may be that of a proxy whose public name the operator allows', async () => {
    const headers = { host: '127.0.0.1:3210', origin: 'https://turnlog.example.com' };
    expect((await askRaw(api.url, { method: 'GET', path: '/healthz', headers })).status).toBe(200);
  });
});

describe('every answer', () => {
  it.each(['/healthz', '/docs', '/nowhere'])('of %s tells browsers to be careful', async (path) => {
    const { headers } = await askRaw(api.url, { method: 'GET', path, headers: bearer });
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['x-powered-by']).toBeUndefined();
  });

  it.each([
    ['abc_DEF-1', true],
    ['x'.repeat(129), false],
    ['a b', false],
    ['a"b', false],
  ])('keeps the request id %j only if it is harmless', async (given, isKept) => {
    const { headers, text } = await askRaw(api.url, {
      method: 'GET',
      path: '/nowhere',
      headers: { ...bearer, 'x-request-id': given },
    });
    expect(headers['x-request-id'] === given).toBe(isKept);
    expect(JSON.parse(text).requestId).toBe(headers['x-request-id']);
  });
});
