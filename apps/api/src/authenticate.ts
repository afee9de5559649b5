// One token: as a bearer for programs, or once in the address of `/` for people, who get a cookie for it.
// A cookie is sent by the browser whoever asks, so an unsafe method by cookie must show that our own page asks.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { RequestRefused } from './request-refused.ts';

export interface Login {
  /** The cookie for this token in the address, or undefined if it is another one. */
  cookieFor(token: string): string | undefined;
}

interface Credentials {
  readonly token: string;
  readonly cookieName: string;
  readonly cookieValue: string;
}

/** The cookie is derived: who reads it does not learn the token. Its name is too, so that two engines on one host do not clash. */
const credentialsOf = (token: string): Credentials => ({
  token,
  cookieName: `turnlog_${sha256(`turnlog cookie name ${token}`).toString('hex').slice(0, 8)}`,
  cookieValue: sha256(`turnlog cookie value ${token}`).toString('hex'),
});

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Takes as long whatever the texts are. */
const isSame = (a: string, b: string): boolean => timingSafeEqual(sha256(a), sha256(b));

export const createLogin = (token: string | undefined): Login => {
  const credentials = token === undefined ? undefined : credentialsOf(token);
  return {
    cookieFor: (given) =>
      credentials !== undefined && isSame(given, credentials.token)
        ? `${credentials.cookieName}=${credentials.cookieValue}; Path=/; HttpOnly; SameSite=Strict`
        : undefined,
  };
};

/** `isOpen` says which requests need no token. */
export const authenticate = (token: string | undefined, isOpen: (request: Request) => boolean): RequestHandler => {
  if (token === undefined) return (_request, _response, next) => next();
  const credentials = credentialsOf(token);
  return (request, _response, next) => {
    if (!isOpen(request)) requireToken(request, credentials);
    next();
  };
};

const requireToken = (request: Request, credentials: Credentials): void => {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    if (!isSame(bearerOf(authorization), credentials.token)) throw unauthorized('This token is not the right one.');
    return;
  }
  if (isLogin(request)) {
    if (!isSame(String(request.query.token), credentials.token)) throw unauthorized('This token is not the right one.');
    return;
  }
  if (!isSame(cookieOf(request, credentials.cookieName), credentials.cookieValue))
    throw unauthorized('Send `Authorization: Bearer <token>`, or open the address that was printed at the start.');
  if (isUnsafe(request) && !isOwnPage(request))
    throw new RequestRefused('csrf_required', 'Send the header `X-Turnlog-Csrf: 1`, or a bearer token instead of the cookie.');
};

/** Only the landing page takes a token from its address. */
export const isLogin = (request: Request): boolean =>
  request.method === 'GET' && request.path === '/' && request.query.token !== undefined;

const unauthorized = (detail: string): RequestRefused =>
  new RequestRefused('unauthorized', detail, { headers: { 'WWW-Authenticate': 'Bearer realm="turnlog"' } });

const bearerOf = (authorization: string): string => /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';

const cookieOf = (request: Request, name: string): string =>
  (request.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1) ?? '';

const isUnsafe = ({ method }: Request): boolean => method !== 'GET' && method !== 'HEAD';

/** A page of another origin can neither set this header without being asked for permission, nor forge Sec-Fetch-Site. */
const isOwnPage = ({ headers }: Request): boolean =>
  headers['x-turnlog-csrf'] !== undefined || headers['sec-fetch-site'] === 'same-origin';
