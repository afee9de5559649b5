// The last words of a server process: bounded, so that a chatty server costs no memory, and redacted when read.

import type { SecretHider } from '@turnlog/core';

const shownBytes = 4096;
// Kept beyond what is shown, so that a secret at the cut is still whole when it is looked for.
const keptBytes = 2 * shownBytes;

export interface StderrTail {
  push(chunk: Buffer): void;
  read(): string;
}

export function createStderrTail(secrets: SecretHider): StderrTail {
  let kept = Buffer.alloc(0);
  return {
    push(chunk) {
      kept = Buffer.concat([kept, chunk]).subarray(-keptBytes);
    },
    read() {
      const text = Buffer.from(secrets.text(kept.toString('utf8')));
      return text.subarray(-shownBytes).toString('utf8').trim();
    },
  };
}
