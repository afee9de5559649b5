// How long a call may take. It stands still while somebody is asked: a person is not the server's fault.

import { SdkError, SdkErrorCode } from '@modelcontextprotocol/client';

export interface CallClock {
  /** Aborts, with the SDK's own error, when the call has been silent or has gone on for too long. */
  readonly signal: AbortSignal;
  /** The server is alive: its silence is counted afresh. */
  touch(): void;
  /** Stands still until `work` has ended. */
  during<T>(work: () => Promise<T>): Promise<T>;
  stop(): void;
}

/** `silenceMs` without progress, or `totalMs` in all, end the call. */
export function startCallClock(silenceMs: number, totalMs: number): CallClock {
  const controller = new AbortController();
  let silence: NodeJS.Timeout | undefined;
  let total: NodeJS.Timeout | undefined;
  let leftMs = totalMs;
  let since = 0;
  let pauses = 0;
  let isStopped = false;

  const end = (timeout: number) => controller.abort(new SdkError(SdkErrorCode.RequestTimeout, 'Request timed out', { timeout }));

  function halt(): void {
    clearTimeout(silence);
    clearTimeout(total);
  }

  function run(): void {
    since = performance.now();
    silence = setTimeout(end, silenceMs, silenceMs);
    total = setTimeout(end, leftMs, totalMs);
  }

  function resume(): void {
    pauses -= 1;
    if (pauses === 0 && !isStopped) run();
  }

  run();
  return {
    signal: controller.signal,
    touch() {
      if (pauses > 0 || isStopped) return;
      clearTimeout(silence);
      silence = setTimeout(end, silenceMs, silenceMs);
    },
    async during(work) {
      if (pauses === 0) {
        halt();
        leftMs = Math.max(0, leftMs - (performance.now() - since));
      }
      pauses += 1;
      try {
        return await work();
      } finally {
        resume();
      }
    },
    stop() {
      isStopped = true;
      halt();
    },
  };
}
