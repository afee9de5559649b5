// What broke between us and the model server, by the code the operating system gave.

import type { Failure } from '@turnlog/core';

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'closed the connection',
  EPIPE: 'closed the connection',
  ENOTFOUND: 'is not known to the name server',
  EAI_AGAIN: 'could not be looked up',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
};

export function describeNetworkError(error: unknown, host: string): Failure {
  const chain = causesOf(error);
  const code = chain.map(codeOf).find((value) => value !== undefined);
  if (code === 'ETIMEDOUT') return { kind: 'timeout', phase: 'connect', message: `no connection to ${host} (ETIMEDOUT)` };
  const detail = words[code ?? ''] ?? `could not be used: ${chain.at(-1)?.message ?? 'unknown error'}`;
  return { kind: 'unavailable', message: `${host} ${detail}${code === undefined ? '' : ` (${code})`}` };
}

/** The error, its cause, and so on; the innermost says most. Bounded, as a cause may be a circle. */
function causesOf(error: unknown): readonly Error[] {
  const chain: Error[] = [];
  for (let cause = error; cause instanceof Error && chain.length < 8; cause = cause.cause) chain.push(cause);
  return chain;
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
