// What a worker does once a second for as long as it lives.

const tickMs = 1_000;

/** Ticks never overlap: the next one is timed when the last has ended. */
export const everySecond = (
  tick: () => Promise<void>,
  onError: (error: unknown) => void,
): { readonly stop: () => Promise<void> } => {
  let isStopped = false;
  let wake: () => void = () => {};
  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, tickMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const loop = (async () => {
    while (!isStopped) {
      await tick().catch(onError);
      if (!isStopped) await pause();
    }
  })();
  return {
    stop: () => {
      isStopped = true;
      wake();
      return loop;
    },
  };
};
