// What one examination found, in the words that stand in the doctor's table.

export interface Check {
  readonly name: string;
  /** `warning`: it works, with a loss. `failed`: what needs it will not work. `skipped`: something before it failed. */
  readonly verdict: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly found: string;
  /** What to do about it, a line each. */
  readonly advice?: readonly string[];
}

export const ok = (name: string, found: string): Check => ({ name, verdict: 'ok', found });
export const skipped = (name: string, found: string): Check => ({ name, verdict: 'skipped', found });
export const warning = (name: string, found: string, ...advice: readonly string[]): Check => ({
  name,
  verdict: 'warning',
  found,
  ...(advice.length > 0 && { advice }),
});
export const failed = (name: string, found: string, ...advice: readonly string[]): Check => ({
  name,
  verdict: 'failed',
  found,
  ...(advice.length > 0 && { advice }),
});
