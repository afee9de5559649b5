// Keeps the trace file up to date: it is asked for and written again after every event, whole, one write at a time.

import { writeTraceFile } from '@turnlog/datasets';
import type { TurnlogClient } from '../client/turnlog-client.ts';

export interface TraceKeeper {
  /** Something has happened: the file is out of date. */
  note(): void;
  /** The path, once everything noted is in it. Rejects where it could not be written. */
  upToDate(): Promise<string | undefined>;
}

export const createTraceKeeper = (client: TurnlogClient, id: string, folder: string): TraceKeeper => {
  let path: string | undefined;
  let failure: Error | undefined;
  let isStale = false;
  let writing: Promise<void> | undefined;
  const write = async () => {
    while (isStale) {
      isStale = false;
      try {
        path = await writeTraceFile(folder, await client.trace(id));
        failure = undefined;
      } catch (error) {
        const { message } = error as Error;
        failure = new Error(`The trace file in ${folder} could not be written: ${message}`, { cause: error });
      }
    }
    writing = undefined;
  };
  return {
    note: () => {
      isStale = true;
      writing ??= write();
    },
    upToDate: async () => {
      while (writing !== undefined) await writing;
      if (failure !== undefined) throw failure;
      return path;
    },
  };
};
