// The API describes itself: the OpenAPI document, a page made from it, and the way in for people.

import { z } from 'zod';
import type { ApiDependencies } from '../api-dependencies.ts';
import { createLogin } from '../authenticate.ts';
import { describeApi, type OpenApiDocument } from '../open-api-document.ts';
import { createReferencePage } from '../reference-page.ts';
import { defineRoute, noBody, noFields, type Route, takesNothing } from '../route.ts';

/** `others` are the routes beside these; the document holds all of them. */
export const referenceRoutes = ({ token }: ApiDependencies, others: readonly Route[]): readonly Route[] => {
  const described = once((): OpenApiDocument => describeApi([...others, ...routes]));
  const page = once(() => createReferencePage(described()));
  const routes: readonly Route[] = [landingRoute(token), documentRoute(described), pageRoute(page)];
  return routes;
};

/** Made when first asked for: the start of the engine does not wait for it. */
const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

const landingRoute = (token: string | undefined): Route => {
  const login = createLogin(token);
  return defineRoute({
    method: 'get',
    path: '/',
    group: 'Operations',
    summary: 'Leads to the reference page',
    description:
      'With `?token=`, which is printed at the start, a browser gets a cookie instead and the token leaves its address bar.',
    access: 'token',
    params: noFields,
    query: z.strictObject({ token: z.string().optional() }),
    body: noBody,
    answers: { 303: { description: 'To `/docs`, or to `/` with a cookie.', headers: z.object({ Location: z.string() }) } },
    perform: async ({ query }) => {
      const cookie = query.token === undefined ? undefined : login.cookieFor(query.token);
      if (cookie !== undefined) return { status: 303, headers: { Location: '/', 'Set-Cookie': cookie } };
      return { status: 303, headers: { Location: '/docs' } };
    },
  });
};

const documentRoute = (described: () => OpenApiDocument): Route =>
  defineRoute({
    ...takesNothing,
    method: 'get',
    path: '/openapi.json',
    group: 'Operations',
    summary: 'Describes this API (OpenAPI 3.1)',
    access: 'token',
    answers: { 200: { description: 'The document.', schema: z.looseObject({ openapi: z.string() }) } },
    perform: async () => ({ status: 200, json: described() }),
  });

const pageRoute = (page: () => { readonly html: string; readonly styleHash: string }): Route =>
  defineRoute({
    ...takesNothing,
    method: 'get',
    path: '/docs',
    group: 'Operations',
    summary: 'Shows this API as a page',
    access: 'token',
    answers: { 200: { description: 'A page without scripts, which loads nothing.', media: ['text/html'] } },
    perform: async () => {
      const { html, styleHash } = page();
      return {
        status: 200,
        text: html,
        headers: {
          'Content-Type': 'text/html; charset=utf-8',
          'Content-Security-Policy': `default-src 'none'; style-src '${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
        },
      };
    },
  });
