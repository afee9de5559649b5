// A model that asks for tools, errs and breaks off as models do. It answers by chance, and comes to an end when it must.

import { createHash } from 'node:crypto';
import type { Failure, ReceivedMessage } from '@turnlog/core';
import type { ModelClient, ModelOutcome } from '@turnlog/worker';
import type { Random } from './random.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { simulatedTools } from './simulated-tools.ts';
import type { World } from './world.ts';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Until then nothing of an answer has arrived. */
const firstTokenMs = 200;

interface Request {
  readonly messages: readonly { readonly role: string; readonly tool_calls?: readonly unknown[] }[];
}

const failed = (failure: Failure, partial?: ReceivedMessage): ModelOutcome => ({
  type: 'failed',
  failure,
  ...(partial && { partial }),
});

export const createSimulatedModel = (world: World, process: SimulatedProcess, random: Random): ModelClient => ({
  call: ({ body }, signal, onDelta) => {
    const workMs = random.chance(0.1) ? random.between(5_000, 20_000) : random.between(50, 2_000);
    const answers = process.call(
      'model call',
      async () => {
        if (!signal.aborted)
          world.requests.push({ worker: process.name, body, sha256: sha256(body), logLength: world.logLength() });
        return answer(world, random, JSON.parse(body) as Request);
      },
      { workMs },
    );
    onDelta({ content: 'Let me' });
    const sentAt = world.scheduler.now();
    return new Promise((resolve, reject) => {
      const abort = () => resolve(aborted(world, world.scheduler.now() - sentAt));
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort, { once: true });
      answers.then(resolve, reject);
    });
  },
});

/** What had arrived by then is kept, as a stream is that breaks off in the middle. */
const aborted = ({ coverage, token }: World, afterMs: number): ModelOutcome => {
  const failure: Failure = { kind: 'lost', message: 'The call was aborted.' };
  if (afterMs < firstTokenMs) return failed(failure);
  coverage.count('model: aborted with a partial answer');
  return failed(failure, { content: `Let me ${token()}`, toolCalls: [] });
};

const answer = (world: World, random: Random, { messages }: Request): ModelOutcome => {
  const failure = failureOf(world, random);
  if (failure !== undefined) return failure;
  const rounds = messages.slice(messages.findLastIndex(({ role }) => role === 'user')).filter((one) => one.tool_calls).length;
  const usage = { promptTokens: 10 * messages.length, completionTokens: random.between(1, 40) };
  if (world.faults.strikes('model: empty answer'))
    return { type: 'responded', message: { content: '', toolCalls: [] }, finishReason: 'stop', usage };
  const isLast = rounds >= (world.faults.isStopped() ? 1 : 6) || random.chance(rounds === 0 ? 0.1 : 0.4);
  if (isLast && !isStubborn(world, messages))
    return {
      type: 'responded',
      message: { content: `Done ${world.token()}`, reasoning: 'Enough.', reasoningField: 'reasoning', toolCalls: [] },
      finishReason: 'stop',
      usage,
    };
  const message = { content: `Calling ${world.token()}`, toolCalls: callsOf(world, random, messages) };
  return { type: 'responded', message, finishReason: 'tool_calls', usage };
};

const failureOf = ({ faults, token }: World, random: Random): ModelOutcome | undefined => {
  if (faults.strikes('model: 429 with Retry-After'))
    return failed({ kind: 'rate_limited', message: '429', status: 429, retryAfterMs: random.between(100, 8_000) });
  if (faults.strikes('model: 5xx'))
    return failed({
      kind: 'unavailable',
      message: '503',
      status: 503,
      ...(random.chance(0.5) && { retryAfterMs: random.between(0, 5_000) }),
    });
  if (faults.strikes('model: timeout')) return failed({ kind: 'timeout', message: 'silence', phase: 'idle' });
  if (faults.strikes('model: partial stream'))
    return failed({ kind: 'stream_incomplete', message: 'The stream broke.' }, { content: `Let me ${token()}`, toolCalls: [] });
  return undefined;
};

/** A conversation about the same thing is one in which the model never learns. */
const isStubborn = ({ faults }: World, messages: Request['messages']): boolean =>
  !faults.isStopped() && JSON.stringify(messages[0]).includes('stubborn');

const callsOf = (world: World, random: Random, messages: Request['messages']): ReceivedMessage['toolCalls'] => {
  if (isStubborn(world, messages)) {
    world.coverage.count('model: same call again and again');
    return [{ name: 'constant', arguments: '{}' }];
  }
  return Array.from({ length: random.chance(0.5) ? 1 : random.between(2, 3) }, () => {
    const id = `call-${random.between(0, 1e9)}`;
    if (world.faults.strikes('model: unknown tool')) return { providerId: id, name: 'nothing_like_it', arguments: '{}' };
    const { name } = random.pick(simulatedTools);
    if (world.faults.strikes('model: arguments are no JSON')) return { providerId: id, name, arguments: '{"what":' };
    // Said again and again, so that a cassette finds some of what it is asked.
    const what = random.chance(0.4) ? 'the usual' : world.token();
    return { providerId: id, name, arguments: JSON.stringify({ what }) };
  });
};
