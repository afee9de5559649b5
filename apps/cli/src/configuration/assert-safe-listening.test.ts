import { describe, expect, it } from 'vitest';
import { assertSafeListening } from './assert-safe-listening.ts';

const token = 'x'.repeat(16);

describe('listening', () => {
  it.each(['127.0.0.1', '127.8.8.8', 'localhost', '::1'])('needs nothing on %s', (host) => {
    expect(() => assertSafeListening({ host, token: undefined, allowedHosts: [] })).not.toThrow();
  });

  it.each([
    ['no token', undefined, ['a.example'], /TURNLOG_TOKEN/],
    ['a short token', 'short', ['a.example'], /TURNLOG_TOKEN/],
    ['no host names', token, [], /TURNLOG_ALLOWED_HOSTS/],
    ['neither', undefined, [], /TURNLOG_TOKEN.*TURNLOG_ALLOWED_HOSTS/s],
  ])('is refused beyond this machine with %s', (_, given, allowedHosts, message) => {
    expect(() => assertSafeListening({ host: '0.0.0.0', token: given, allowedHosts })).toThrow(message);
  });

  it('is allowed beyond this machine with a token and host names', () => {
    expect(() => assertSafeListening({ host: '0.0.0.0', token, allowedHosts: ['a.example'] })).not.toThrow();
  });
});
