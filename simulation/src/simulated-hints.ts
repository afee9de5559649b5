// Hints that a conversation has moved, from process to process: told after the commit, and never to be relied on.

import type { Faults } from './faults.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimulatedProcess } from './simulated-process.ts';

type Listener = (conversationId: string, version: number) => void;

export interface SimulatedHints {
  announce(conversationId: string, version: number): void;
  listen(process: SimulatedProcess, listener: Listener): void;
}

interface Parts {
  readonly scheduler: Pick<Scheduler, 'after'>;
  readonly faults: Pick<Faults, 'strikes'>;
  readonly random: Random;
}

export const createSimulatedHints = ({ scheduler, faults, random }: Parts): SimulatedHints => {
  const listeners = new Map<SimulatedProcess, Listener>();
  return {
    announce: (conversationId, version) => {
      const delayMs = faults.strikes('hint late') ? random.between(500, 5_000) : random.between(1, 20);
      scheduler.after(delayMs, () => {
        for (const [process, listener] of listeners)
          if (!faults.strikes('hint lost')) process.deliver(() => listener(conversationId, version));
      });
    },
    listen: (process, listener) => {
      listeners.set(process, listener);
      process.onCrash(() => listeners.delete(process));
    },
  };
};
