import { createHash } from 'node:crypto';
import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exclusively } from './exclusive.mjs';

const lockOf = (folder: string) =>
  join(tmpdir(), `turnlog-prepare-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}.lock`);
const aFolder = () => `/nowhere/${process.pid}/${Math.random()}`;
const never = () => {
  throw new Error('waited');
};

describe('exclusive work', () => {
  it('waits for others that do the same, and tells so once', async () => {
    const folder = aFolder();
    let inside = 0;
    let most = 0;
    let waits = 0;
    const work = async () => {
      inside++;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside--;
    };

    await Promise.all(
      [1, 2, 3].map(() =>
        exclusively(folder, work, () => {
          waits++;
        }),
      ),
    );

    expect(most).toBe(1);
    expect(waits).toBe(2);
    expect(existsSync(lockOf(folder))).toBe(false);
  });

  it('gives the lock back when the work fails', async () => {
    const folder = aFolder();

    await expect(exclusively(folder, () => Promise.reject(new Error('no')), never)).rejects.toThrow('no');

    expect(existsSync(lockOf(folder))).toBe(false);
  });

  it('takes over the lock of a process that is gone', async () => {
    const folder = aFolder();
    // Above the greatest process id of Linux and macOS.
    writeFileSync(lockOf(folder), '99999999 0');

    expect(await exclusively(folder, async () => 'done', never)).toBe('done');
  });

  it('takes over a lock that nobody has touched for long', async () => {
    const folder = aFolder();
    writeFileSync(lockOf(folder), `${process.pid} 0`);
    utimesSync(lockOf(folder), 0, 0);

    expect(await exclusively(folder, async () => 'done', never)).toBe('done');
  });
});
