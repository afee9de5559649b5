import { setTimeout as pause } from 'node:timers/promises';
import type { OpenWorker } from './open-bullmq.ts';
import { RETRY_PAUSE_MS } from './queue-settings.ts';
import type { OnError } from './report-error.ts';

export interface KeptWorker {
  /** Takes no more jobs; resolves when those in hand have ended and every connection is closed. */
  close(): Promise<void>;
}

/** Keeps one BullMQ Worker at work: a Worker whose backend was away when it started never recovers, so it is replaced. */
export const keepWorker = (open: () => OpenWorker, onError: OnError): KeptWorker => {
  const stopped = new AbortController();
  let worker: OpenWorker | undefined;

  const closeWorker = async (): Promise<void> => {
    await worker?.close().catch(onError);
  };

  const keep = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      try {
        worker = open();
        worker.on('error', onError);
        await worker.waitUntilReady();
        // Resolves only once the worker is closed; a loss of the backend from here on is BullMQ's to survive.
        await worker.run();
      } catch (error) {
        if (!stopped.signal.aborted) onError(error instanceof Error ? error : new Error(String(error)));
      }
      await closeWorker();
      await pause(RETRY_PAUSE_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };

  const kept = keep();
  return {
    close: async () => {
      stopped.abort();
      await closeWorker();
      await kept;
    },
  };
};
