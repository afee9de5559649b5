// One open live stream on the wire (server-sent events). A slow client slows its own reading down and nobody else's.

import type { Response } from 'express';
import type { Connection } from './route.ts';

/** More than this waiting to leave means that the client does not keep up. */
const maxWaitingBytes = 64 * 1024;

export const openConnection = (response: Response, heartbeatMs: number): Connection => {
  const closing = new AbortController();
  response.status(200).set({ 'Cache-Control': 'no-cache, no-store, no-transform', 'X-Accel-Buffering': 'no' });
  // Not by `set`, which would add a charset: the media type has none.
  response.setHeader('Content-Type', 'text/event-stream');
  response.write('retry: 1000\n\n');
  const sendIfIdle = (text: string) => {
    if (!response.writableEnded && response.writableLength < maxWaitingBytes) response.write(text);
  };
  const heartbeat = setInterval(() => sendIfIdle(':\n\n'), heartbeatMs);
  const close = () => {
    clearInterval(heartbeat);
    closing.abort();
  };
  response.once('close', close);
  response.once('finish', close);
  // A client that went away while the request was being checked closes nothing again.
  if (response.destroyed) close();
  return {
    closed: closing.signal,
    sendIfIdle,
    send: (text) =>
      new Promise((resolve) => {
        if (closing.signal.aborted || response.writableEnded) return resolve();
        const done = () => {
          closing.signal.removeEventListener('abort', done);
          resolve();
        };
        closing.signal.addEventListener('abort', done);
        response.write(text, done);
      }),
  };
};
