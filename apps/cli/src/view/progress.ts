// One line that counts, on a terminal only; elsewhere silence.

import type { Terminal } from './terminal.ts';

export interface Progress {
  update(done: number, total: number): void;
  end(): void;
}

const width = 24;
/** Often enough to look alive, rarely enough to cost nothing. */
const redrawMs = 80;

export const createProgress = (terminal: Terminal, what: string): Progress => {
  let drawnAt = 0;
  let isDrawn = false;
  return {
    update: (done, total) => {
      const time = performance.now();
      if (!terminal.isInteractive || (time - drawnAt < redrawMs && done < total)) return;
      drawnAt = time;
      isDrawn = true;
      const filled = total === 0 ? width : Math.round((done / total) * width);
      terminal.write(`\r${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${done}/${total} ${what}`);
    },
    end: () => {
      if (isDrawn) terminal.write('\r\u001b[2K');
      isDrawn = false;
    },
  };
};
