// Waits, but no longer than the signal allows.

import { setTimeout as delay } from 'node:timers/promises';

export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(Math.max(0, ms), undefined, { signal }).catch(() => undefined);
