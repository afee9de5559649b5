import { describe, expect, it } from 'vitest';
import { createSemaphore } from './semaphore.ts';

const never = new AbortController().signal;

describe('a semaphore', () => {
  it('admits the next one when a holder leaves, in the order of arrival', async () => {
    const semaphore = createSemaphore(1);
    const admitted: string[] = [];
    const leave = await semaphore.acquire(never);
    const enter = (name: string) =>
      semaphore.acquire(never).then((release) => {
        admitted.push(name);
        release();
      });

    const others = [enter('first'), enter('second')];
    const before = [...admitted];
    leave();
    await Promise.all(others);

    expect(before).toEqual([]);
    expect(admitted).toEqual(['first', 'second']);
  });

  it('gives a place back once, however often it is released', async () => {
    const semaphore = createSemaphore(1);
    const leave = await semaphore.acquire(never);
    leave();
    leave();
    await semaphore.acquire(never);

    const third = semaphore.acquire(AbortSignal.timeout(20));

    await expect(third).rejects.toThrow();
  });

  it('forgets one that stops waiting', async () => {
    const semaphore = createSemaphore(1);
    const leave = await semaphore.acquire(never);
    const abort = new AbortController();
    const impatient = semaphore.acquire(abort.signal);
    const patient = semaphore.acquire(never);

    abort.abort(new Error('enough'));
    leave();

    await expect(impatient).rejects.toThrow('enough');
    await expect(patient).resolves.toBeTypeOf('function');
  });
});
