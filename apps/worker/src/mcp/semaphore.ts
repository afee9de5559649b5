// Lets at most `limit` holders in, first come first served. Without a limit everyone passes.

export interface Semaphore {
  /** Resolves to the function that gives the place back; rejects with the signal's reason if it aborts first. */
  acquire(signal: AbortSignal): Promise<() => void>;
}

export function createSemaphore(limit = Number.POSITIVE_INFINITY): Semaphore {
  let held = 0;
  const waiting = new Set<() => void>();

  function release(): void {
    held -= 1;
    const [next] = waiting;
    next?.();
  }

  function enter(): () => void {
    held += 1;
    let isHeld = true;
    return () => {
      if (isHeld) release();
      isHeld = false;
    };
  }

  return {
    async acquire(signal) {
      signal.throwIfAborted();
      if (held < limit && waiting.size === 0) return enter();
      return new Promise((resolve, reject) => {
        const leave = () => {
          waiting.delete(admit);
          signal.removeEventListener('abort', giveUp);
        };
        const admit = () => {
          leave();
          resolve(enter());
        };
        const giveUp = () => {
          leave();
          reject(signal.reason);
        };
        waiting.add(admit);
        signal.addEventListener('abort', giveUp, { once: true });
      });
    },
  };
}
