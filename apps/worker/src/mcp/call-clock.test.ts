import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startCallClock } from './call-clock.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const waiting = () => {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
};

describe('the clock of a call', () => {
  it('ends a call that is silent for too long, in the words of the SDK', () => {
    const { signal } = startCallClock(100, 1_000);

    vi.advanceTimersByTime(99);
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(signal.reason).toMatchObject({ code: 'REQUEST_TIMEOUT', message: 'Request timed out' });
  });

  it('counts the silence afresh with every sign of life, but not the whole', () => {
    const clock = startCallClock(100, 1_000);

    for (let passed = 0; passed < 990; passed += 90) {
      vi.advanceTimersByTime(90);
      clock.touch();
    }

    expect(clock.signal.aborted).toBe(false);
    vi.advanceTimersByTime(10);
    expect(clock.signal.aborted).toBe(true);
  });

  it('stands still while a person is asked, and keeps what had passed of the whole', async () => {
    const clock = startCallClock(900, 1_000);
    vi.advanceTimersByTime(400);
    const [first, second] = [waiting(), waiting()];
    const asked = Promise.all([clock.during(() => first.promise), clock.during(() => second.promise)]);

    vi.advanceTimersByTime(86_400_000);
    clock.touch();
    first.resolve();
    await vi.advanceTimersByTimeAsync(86_400_000);
    expect(clock.signal.aborted).toBe(false);
    second.resolve();
    await asked;

    vi.advanceTimersByTime(599);
    expect(clock.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(clock.signal.aborted).toBe(true);
  });

  it('is over with its call, also where somebody is still asked', async () => {
    const clock = startCallClock(100, 1_000);
    const question = waiting();
    const asked = clock.during(() => question.promise);

    clock.stop();
    question.resolve();
    await asked;

    expect(vi.getTimerCount()).toBe(0);
  });
});
