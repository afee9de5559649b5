import { AsyncResource } from 'node:async_hooks';
import type { Elicited, Question } from '@turnlog/core';
import { describe, expect, it, vi } from 'vitest';
import type { CallClock } from './call-clock.ts';
import { createOpenCalls, type OpenCalls } from './open-calls.ts';

const question = { message: 'Which branch?', form: {} } as unknown as Question;
const signal = new AbortController().signal;
const clock: CallClock = { signal, touch: () => {}, during: (work) => work(), stop: () => {} };

/** Accepts, and says who was asked. */
const callOf = (conversationId: string) => ({
  conversationId,
  server: 'git',
  tool: 'commit',
  arguments: {},
  effectId: conversationId,
  elicit: async (): Promise<Elicited> => ({ action: 'accept', content: { asked: conversationId } }),
});
const dismissed = { action: 'cancel' };

/** Two calls are under way; what is asked within the second is answered. */
const askedWithin = (of: OpenCalls, other: OpenCalls, ask: () => Promise<Elicited>): Promise<Elicited> =>
  of.during(callOf('a'), clock, () => other.during(callOf('b'), clock, ask));

describe('the open calls of a connection', () => {
  it('put a question to the call whose stream it came in by', async () => {
    const calls = createOpenCalls(() => {});
    expect(await askedWithin(calls, calls, () => calls.ask(question, signal))).toMatchObject({ content: { asked: 'b' } });
  });

  it('dismiss a question whose call has ended', async () => {
    const calls = createOpenCalls(() => {});
    const late = await calls.during(callOf('a'), clock, async () => AsyncResource.bind(() => calls.ask(question, signal)));
    expect(await late()).toEqual(dismissed);
  });

  it('go by what is under way where the stream says nothing, as one of another connection does', async () => {
    const [calls, other] = [createOpenCalls(() => {}), createOpenCalls(() => {})];
    expect(await askedWithin(calls, other, () => calls.ask(question, signal))).toMatchObject({ content: { asked: 'a' } });
  });

  it('dismiss what could be meant for several conversations', async () => {
    const log = vi.fn();
    const calls = createOpenCalls(log);
    const outside = AsyncResource.bind(() => calls.ask(question, signal));
    expect(await askedWithin(calls, calls, () => outside())).toEqual(dismissed);
    expect(log).toHaveBeenCalledWith(expect.stringContaining('does not say for which'));
  });

  it('leave nothing in what the process does after the connection', async () => {
    const kept = () => Object.getOwnPropertySymbols(new AsyncResource('test')).length;
    const work = async (): Promise<number> => kept();
    const first = await createOpenCalls(() => {}).during(callOf('a'), clock, work);
    for (let connection = 0; connection < 20; connection++) await createOpenCalls(() => {}).during(callOf('a'), clock, work);
    expect(await createOpenCalls(() => {}).during(callOf('a'), clock, work)).toBe(first);
  });
});
