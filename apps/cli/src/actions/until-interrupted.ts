// Ctrl-C or a polite kill, from the first moment on: what starts slowly can be left, and what runs is stopped cleanly.
// A second signal leaves at once: nothing is lost by that either.

export interface Interruption {
  /** Aborts with the first signal. */
  readonly signal: AbortSignal;
  readonly received: Promise<void>;
}

export const listenForInterruption = (): Interruption => {
  const controller = new AbortController();
  const received = new Promise<void>((resolve) => {
    const onSignal = () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort(new Interrupted());
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
  return { signal: controller.signal, received };
};

export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor() {
    super('Interrupted.');
  }
}
