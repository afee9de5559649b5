// Whoever reaches the port can make tools run. Beyond this machine that takes a token and the names it is reached by.

import { ConfigurationError } from './configuration-error.ts';
import type { Environment } from './environment.ts';

const shortestToken = 16;

export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host);

/** Stops a start that would offer the engine to a network without a token or without a list of host names. */
export function assertSafeListening({ host, token, allowedHosts }: Pick<Environment, 'host' | 'token' | 'allowedHosts'>): void {
  if (isLoopback(host)) return;
  const why = `TURNLOG_HOST is ${host}, which other machines can reach`;
  const problems = [];
  if (token === undefined || token.length < shortestToken) {
    problems.push({ path: 'TURNLOG_TOKEN', message: `set it to at least ${shortestToken} random characters: ${why}` });
  }
  if (allowedHosts.length === 0) {
    problems.push({ path: 'TURNLOG_ALLOWED_HOSTS', message: `set it to the host names people use in the URL: ${why}` });
  }
  if (problems.length > 0) throw new ConfigurationError('The environment', problems);
}
