// Reads a JSON body: of limited size and depth, and of no other media type, since a form or plain text can be sent
// by any page without asking.

import express, { type RequestHandler } from 'express';
import { RequestRefused, refuseFields } from './request-refused.ts';

const maxDepth = 64;

/** For every request: what has a body must say that it is JSON. */
export const requireJson: RequestHandler = (request, _response, next) => {
  const isUnsafe = request.method !== 'GET' && request.method !== 'HEAD';
  const type = request.headers['content-type'];
  const carries = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if ((carries || (isUnsafe && type !== undefined)) && !/^application\/json\s*(;|$)/i.test(type ?? ''))
    throw new RequestRefused('unsupported_media_type', 'Send the body as `Content-Type: application/json`.');
  next();
};

/** Of one route that takes a body. One that is too large is read off, not kept, so that the answer arrives. */
export const readBody = (maxBytes: number): readonly RequestHandler[] => [
  express.json({ limit: maxBytes, strict: false, type: 'application/json' }),
  (request, _response, next) => {
    if (isDeeperThan(request.body, maxDepth))
      refuseFields([{ path: 'body', message: `Must not be nested deeper than ${maxDepth} levels.` }]);
    if (hasLoneSurrogate(request.body))
      refuseFields([{ path: 'body', message: 'Must not hold half of a surrogate pair: no file or dataset can store it.' }]);
    next();
  },
];

const hasLoneSurrogate = (value: unknown): boolean =>
  typeof value === 'string'
    ? /\p{Surrogate}/u.test(value)
    : typeof value === 'object' && value !== null && Object.values(value).some(hasLoneSurrogate);

const isDeeperThan = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((child) => isDeeperThan(child, levels - 1)));
