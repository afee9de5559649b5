// Puts a question of a server to the user of the conversation, and waits for what they answer: in the log, because whoever takes
// the answer is another process. The claim keeps the attempt here meanwhile; the job is done with (docs/adr/0079).

import { CommandRejected, type Elicited, findStep } from '@turnlog/core';
import type { Attempt } from './perform-attempt.ts';
import type { ToolCallRequest } from './ports/tool-host.ts';
import type { WorkerDependencies } from './worker-dependencies.ts';

/** Who has not answered by tomorrow has left. What a server holds for the question would be held for ever. */
const answerWithinMs = 24 * 3_600_000;
/** A hint says it at once; a hint may be lost. */
const pollMs = 1_000;

const dismissed: Elicited = { action: 'cancel' };

export const createElicit = (
  { engine, feed, newClaim, answerWithin = answerWithinMs }: WorkerDependencies,
  { job, claim, signal, letGo }: Attempt,
): NonNullable<ToolCallRequest['elicit']> => {
  const { conversationId, step, attempt } = job;
  const at = { step, attempt, claim };

  /** Undefined while nobody has answered; dismissed where nobody can any longer. */
  const answerTo = async (elicitation: string): Promise<Elicited | undefined> => {
    const found = findStep(await engine.load(conversationId, { fresh: true }), step);
    if (found?.claim !== claim) return dismissed;
    if (found.elicited?.id === elicitation) return withoutId(found.elicited);
    return found.elicitation?.id === elicitation ? undefined : dismissed;
  };

  return async (question, withdrawn) => {
    const elicitation = newClaim();
    const envelope = (type: string) => ({
      conversationId,
      commandId: `${type}:${elicitation}`,
      correlation: `${step}-${attempt}`,
    });
    const isAsked = await ifCurrent(
      engine.handle({ type: 'RequestElicitation', ...at, elicitation, question }, envelope('RequestElicitation')),
    );
    if (!isAsked) return dismissed;
    letGo();
    const expired = AbortSignal.timeout(answerWithin);
    const stop = AbortSignal.any([signal, withdrawn, expired]);
    const answer = await poll(() => answerTo(elicitation), hintsOf(feed, conversationId), stop);
    if (answer !== undefined) return answer;
    // The attempt itself is over: its outcome says so.
    if (signal.aborted) return dismissed;
    const cause = withdrawn.aborted ? 'withdrawn' : 'expired';
    await engine.handle({ type: 'VoidElicitation', ...at, elicitation, cause }, envelope('VoidElicitation'));
    // An answer may have come just before.
    return (await answerTo(elicitation)) ?? dismissed;
  };
};

const withoutId = ({ id: _, ...elicited }: Elicited & { readonly id: string }): Elicited => elicited;

/** The attempt is no longer this worker's, or is no call that can ask. */
const ifCurrent = async (handled: Promise<unknown>): Promise<boolean> => {
  try {
    await handled;
    return true;
  } catch (error) {
    if (error instanceof CommandRejected) return false;
    throw error;
  }
};

type Hints = (listener: () => void) => () => void;

const hintsOf =
  ({ subscribeToVersions }: WorkerDependencies['feed'], conversationId: string): Hints =>
  (listener) =>
    subscribeToVersions((id) => {
      if (id === conversationId) listener();
    });

/** Undefined where `stop` came first. A log that is out of reach is asked again. */
const poll = async <T>(look: () => Promise<T | undefined>, hints: Hints, stop: AbortSignal): Promise<T | undefined> => {
  let wake = () => {};
  const unsubscribe = hints(() => wake());
  const onStop = () => wake();
  stop.addEventListener('abort', onStop, { once: true });
  try {
    while (!stop.aborted) {
      const woken = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pollMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      const found = await look().catch(() => undefined);
      if (found !== undefined) return found;
      if (!stop.aborted) await woken;
    }
    return undefined;
  } finally {
    wake();
    unsubscribe();
    stop.removeEventListener('abort', onStop);
  }
};
