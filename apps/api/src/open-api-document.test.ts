import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenApi, openApi } from './testing/open-api.ts';

let api: OpenApi;
// biome-ignore lint/suspicious/noExplicitAny: the document is read as a client reads it.
let document: any;
beforeAll(async () => {
  api = await openApi();
  document = (await api.get('/openapi.json')).json;
});
afterAll(() => api.stop());

const operations = () =>
  Object.entries<Record<string, unknown>>(document.paths).flatMap(([path, methods]) =>
    // biome-ignore lint/suspicious/noExplicitAny: the document is read as a client reads it.
    Object.entries<any>(methods).map(([method, operation]) => ({ path, method, operation })),
  );

/** Every object in the document, however deep. */
const objectsIn = (value: unknown): readonly Record<string, unknown>[] =>
  typeof value !== 'object' || value === null
    ? []
    : [...(Array.isArray(value) ? [] : [value as Record<string, unknown>]), ...Object.values(value).flatMap(objectsIn)];

describe('the OpenAPI document', () => {
  it('is of version 3.1 and holds every route, and no other', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({ title: 'Turnlog', version: expect.any(String) });
    const declared = api.routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    expect(
      operations()
        .map(({ method, path }) => `${method} ${path}`)
        .sort(),
    ).toEqual([...declared].sort());
  });

  it('names every operation once, and describes every answer', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operation } of operations()) {
      expect(Object.keys(operation.responses).every((status) => /^[1-5]\d\d$/.test(status))).toBe(true);
      for (const response of Object.values<{ description: string }>(operation.responses))
        expect(response.description).not.toBe('');
    }
  });

  it('declares every path parameter, as required', () => {
    for (const { path, operation } of operations()) {
      const inPath = (operation.parameters ?? []).filter((parameter: { in: string }) => parameter.in === 'path');
      expect(inPath.map(({ name }: { name: string }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
      expect(inPath.every(({ required }: { required: boolean }) => required)).toBe(true);
    }
  });

  it('refers only to what it holds', () => {
    const references = objectsIn(document).flatMap(({ $ref }) => (typeof $ref === 'string' ? [$ref] : []));
    expect(references.length).toBeGreaterThan(10);
    for (const reference of references)
      expect(document.components.schemas).toHaveProperty([reference.replace('#/components/schemas/', '')]);
  });

  it('asks for a token everywhere but at /healthz, by schemes that it declares', () => {
    expect(document.security).toEqual([{ bearer: [] }, { cookie: [] }]);
    expect(Object.keys(document.components.securitySchemes)).toEqual(['bearer', 'cookie']);
    const open = operations().filter(({ operation }) => operation.security !== undefined);
    expect(open.map(({ path, operation }) => [path, operation.security])).toEqual([['/healthz', []]]);
  });
});

describe('the reference page', () => {
  it('shows every route', async () => {
    const { text } = await api.get('/docs');
    for (const { path, operation } of operations()) {
      expect(text).toContain(`<code>${path}</code>`);
      expect(text).toContain(`<section id="${operation.operationId}">`);
    }
  });

  it('refers to nothing outside, and has no script', async () => {
    const { text, headers } = await api.get('/docs');
    expect(text).not.toMatch(/(src|href|action)="(https?:)?\/\//);
    expect(text).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\son\w+=/);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+';/);
  });

  it('links only to places that it has', async () => {
    const { text } = await api.get('/docs');
    const links = [...text.matchAll(/href="#([^"]+)"/g)].map(([, anchor]) => anchor);
    for (const anchor of links) expect(text).toContain(`id="${anchor}"`);
  });

  it('is where the landing page leads', async () => {
    const { status, headers } = await api.get('/');
    expect([status, headers.get('location')]).toEqual([303, '/docs']);
  });
});
