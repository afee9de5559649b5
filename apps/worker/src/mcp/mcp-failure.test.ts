import { describe, expect, it } from 'vitest';
import { callFailure, connectFailure } from './mcp-failure.ts';

function errorWith(fields: object, message = 'fetch failed', cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), fields);
}

describe('callFailure', () => {
  it.each(['ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT'])('knows that %s sent nothing', (code) => {
    expect(callFailure(errorWith({}, 'fetch failed', errorWith({ code }, 'no connection')), false)).toEqual({
      type: 'not_sent',
      failure: { kind: 'unavailable', message: 'fetch failed: no connection' },
    });
  });

  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])('leaves the outcome unknown after %s', (code) => {
    const outcome = callFailure(errorWith({}, 'fetch failed', errorWith({ code }, 'broken')), false);

    expect(outcome).toMatchObject({ type: 'unknown', failure: { kind: 'unavailable' } });
  });

  it('leaves the outcome unknown for an error nobody has seen yet', () => {
    expect(callFailure('surprise', false)).toEqual({ type: 'unknown', failure: { kind: 'unavailable', message: 'surprise' } });
  });

  it('tells an abort from a timeout, which the SDK reports alike', () => {
    const error = errorWith({ code: 'REQUEST_TIMEOUT' }, 'Request timed out');

    expect(callFailure(error, true).failure.kind).toBe('lost');
    expect(callFailure(error, false).failure).toMatchObject({ kind: 'timeout', phase: 'total' });
  });

  it('reads the status that the SSE transport only writes into its message', () => {
    const outcome = callFailure(errorWith({}, 'Error POSTing to endpoint (HTTP 404): Session not found'), false);

    expect(outcome).toMatchObject({ type: 'not_sent', failure: { kind: 'session_lost', status: 404 } });
  });

  it('leaves the outcome unknown after 408, which a proxy may send', () => {
    expect(callFailure(errorWith({ status: 408 }), false)).toMatchObject({ type: 'unknown', failure: { kind: 'unavailable' } });
  });
});

describe('connectFailure', () => {
  it('calls a missing route not found rather than a lost MCP session', () => {
    expect(connectFailure(errorWith({ status: 404 }))).toMatchObject({ kind: 'not_found', status: 404 });
  });

  it('names the phase of a timeout', () => {
    expect(connectFailure(errorWith({ code: 'REQUEST_TIMEOUT' }))).toMatchObject({ kind: 'timeout', phase: 'connect' });
  });
});
