// Moves of a generated history that are about the questions of a server, and what all moves are made of.

import type { Command } from '../conversation/commands.ts';
import type { Question } from '../conversation/events.ts';
import type { Elicitation, Step } from '../conversation/state.ts';
import { claimOf, textResult } from './conversation-builder.ts';

export const pick = <T>(choices: readonly T[], number: number): T => choices[number % choices.length] as T;

/** Mostly the claim that holds the step; sometimes that of nobody. */
export const claimed = ({ step, attempt }: Step, b: number) => ({
  step,
  attempt,
  claim: b % 7 === 0 ? 'nobody' : claimOf(step, attempt),
});

const form = {
  type: 'object',
  properties: { name: { type: 'string', default: 'Ada' }, size: { type: 'integer', minimum: 1 } },
  required: ['size'],
};

/** A server asks in the middle of a call, or by ending it, or makes a task of it; or its question, or an answer that nobody waits for, is void. */
export const questionIn = (step: Step, a: number, b: number): Command => {
  const { elicitation } = step;
  const at = claimed(step, b);
  if (elicitation !== undefined)
    return a % 2 === 0
      ? { type: 'VoidElicitation', ...at, elicitation: a % 5 === 0 ? 'another' : elicitation.id, cause: pick(causes, b) }
      : { type: 'RecordToolResult', ...at, result: textResult('without an answer') };
  if (a % 4 === 3) return { type: 'RecordTaskStarted', ...at, taskId: `task-${b % 2}` };
  if (a % 2 === 0)
    return {
      type: 'RequestElicitation',
      ...at,
      elicitation: `question-${a}-${b}`,
      question: questions[(a >> 1) % 2] as Question,
    };
  const requests = questions.slice(0, (a >> 1) % 3).map((question, index) => ({ key: `q${index}`, ...question }));
  return { type: 'RecordInputRequired', ...at, requests, ...(a % 3 === 0 && { requestState: `state-${a}` }) };
};
const questions: readonly Question[] = [
  { message: 'How big?', requestedSchema: form },
  { message: 'Sign in.', url: 'https://example.org/sign-in' },
];
const causes = ['expired', 'withdrawn'] as const;

export const replyTo = (callId: string, { digest, url }: Elicitation, a: number, b: number): Command => {
  const decision = pick(['accept', 'decline', 'accept', 'dismiss', 'approve'] as const, b);
  const shown = a % 7 === 0 ? 'stale' : digest;
  return {
    type: 'DecideToolCall',
    callId,
    decision,
    ...(shown !== undefined && { digest: shown }),
    ...(decision === 'accept' && url === undefined && { content: { size: a % 2 } }),
  };
};
