// What every request gets before anything is decided about it: an id, and headers that make browsers careful.

import type { RequestHandler, Response } from 'express';

const securityHeaders: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** A caller's own id is kept if it is harmless in logs and headers. */
export const giveContext =
  (newId: () => string): RequestHandler =>
  (request, response, next) => {
    const given = request.headers['x-request-id'];
    const requestId = typeof given === 'string' && /^[A-Za-z0-9_-]{1,128}$/.test(given) ? given : newId();
    response.locals.requestId = requestId;
    response.set({ ...securityHeaders, 'X-Request-Id': requestId });
    next();
  };

export const requestIdOf = (response: Response): string => String(response.locals.requestId);
