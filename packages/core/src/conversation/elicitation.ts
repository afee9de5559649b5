// What a server asks the user in the middle of a call. Of the earlier protocol era it asks while a worker holds the call open;
// of the later one it ends the attempt with its questions, and the call is sent again with the answers (docs/adr/0078).

import { CommandRejected } from '../errors.ts';
import type { Recorded } from '../event-sourcing/recorded-event.ts';
import type { Command, Environment } from './commands.ts';
import { checkElicited } from './elicited-content.ts';
import type { ConversationEvent, Elicited, EventOf, Question } from './events.ts';
import { changeStep } from './evolve-turn.ts';
import { type ConversationState, type Elicitation, findStep, isHeld, type OpenTurn, type Step } from './state.ts';
import { addMs } from './time.ts';

type Asked<T extends Command['type']> = Extract<Command, { type: T }>;
type Of<T extends Recorded['type']> = Extract<Recorded, { type: T }>;
type Events = readonly ConversationEvent[];

/** A server that has asked so often without coming to an end never will. */
const maxRounds = 32;
/** A server that asks for nothing wants time. */
const nothingAskedMs = 250;

const holds = (found: Step | undefined, { attempt, claim }: { readonly attempt: number; readonly claim: string }): boolean =>
  found !== undefined && isHeld(found) && found.attempt === attempt && found.claim === claim;

export const requestElicitation = (command: Asked<'RequestElicitation'>, state: ConversationState, env: Environment): Events => {
  const { step, attempt, claim, elicitation, question } = command;
  const found = findStep(state, step);
  if (found?.elicitation?.id === elicitation || found?.elicited?.id === elicitation) return [];
  if (!holds(found, command) || found?.phase !== 'started' || found.call === undefined)
    throw new CommandRejected('not_current', `Attempt ${attempt} of step ${step} is not one that can ask.`);
  return [requested(found, question, elicitation, env, { attempt, claim })];
};

export const voidElicitation = (command: Asked<'VoidElicitation'>, state: ConversationState): Events => {
  const found = findStep(state, command.step);
  if (found === undefined || !holds(found, command) || found.elicitation?.id !== command.elicitation) return [];
  return voidOpen(found, command.cause);
};

/** Said before the event that makes the answer impossible. */
export const voidOpen = ({ step, phase, elicitation }: Step, cause: EventOf<'ElicitationVoided'>['data']['cause']): Events =>
  phase === 'elicitation' && elicitation !== undefined
    ? [{ type: 'ElicitationVoided', data: { step, elicitation: elicitation.id, cause } }]
    : [];

/** A server that asks in this way holds nothing: an attempt that nobody waits for any longer leaves no trace. */
export const recordInputRequired = (command: Asked<'RecordInputRequired'>, state: ConversationState): Events => {
  const { step, attempt, claim, requests, requestState } = command;
  const found = findStep(state, step);
  if (found?.phase !== 'started' || found.call === undefined || !holds(found, command)) return [];
  if ((found.input?.rounds ?? 0) >= maxRounds)
    return [{ type: 'ToolReturned', data: { step, attempt, claim, result: askedTooOften } }];
  const data = { step, attempt, claim, requests: [...requests], ...(requestState !== undefined && { requestState }) };
  return [{ type: 'ToolInputRequired', data }];
};

const askedTooOften = {
  content: [
    { type: 'text', text: `The server asked for input ${maxRounds} times and came to no result. The call was given up.` },
  ],
  isError: true,
};

/** One question at a time, in the order in which the server gave them. */
export const nextQuestion = ({ steps }: OpenTurn, env: Environment): ConversationEvent | undefined => {
  const found = steps.find(({ phase, elicitation }) => phase === 'elicitation' && elicitation === undefined);
  const [next] = found?.input?.pending ?? [];
  if (found === undefined || next === undefined) return undefined;
  const { key, ...question } = next;
  return requested(found, question, `${found.step}.${found.attempt}.${key}`, env, {});
};

const requested = (
  { step, call }: Step,
  question: Question,
  elicitation: string,
  env: Environment,
  held: { readonly attempt?: number; readonly claim?: string },
): ConversationEvent => {
  const { message, requestedSchema, url } = question;
  const shown = [elicitation, call?.server ?? '', message, requestedSchema ?? null, url ?? null];
  return {
    type: 'ElicitationRequested',
    data: { step, ...question, ...held, elicitation, digest: env.sha256(JSON.stringify(shown)) },
  };
};

/** What a person answers: content is checked and completed here, so that what the log holds is what the server reads. */
export const answerElicitation = (
  { callId, decision, digest, content }: Asked<'DecideToolCall'>,
  { step }: Step,
  asked: Elicitation,
): Events => {
  if (decision !== 'accept' && decision !== 'decline' && decision !== 'dismiss')
    throw new CommandRejected('wrong_decision', `Call ${callId} waits for accept, decline or dismiss, not ${decision}.`);
  if (digest !== undefined && digest !== asked.digest)
    throw new CommandRejected('stale_digest', 'The server asks something else by now. Look at it again.');
  const elicited = decision === 'accept' ? accepted(asked, content) : { action: actionOf(decision) };
  return [{ type: 'ElicitationAnswered', data: { step, ...elicited, elicitation: asked.id } }];
};

const actionOf = (decision: 'decline' | 'dismiss'): Elicited['action'] => (decision === 'decline' ? 'decline' : 'cancel');

const accepted = ({ url, requestedSchema }: Elicitation, content: Readonly<Record<string, unknown>> | undefined): Elicited => {
  if (url !== undefined && content !== undefined)
    throw new CommandRejected('bad_content', 'The server asks to open a page: that takes no `content`.');
  if (url !== undefined) return { action: 'accept' };
  const checked = checkElicited(requestedSchema, content ?? {});
  if (!checked.ok) throw new CommandRejected('bad_content', `\`content\`: ${checked.message}`);
  return { action: 'accept', content: checked.content };
};

export const inputRequired = (state: ConversationState, event: Of<'ToolInputRequired'>): ConversationState => {
  const { requests, requestState } = event.data;
  return changeStep(state, event, ({ input, attempt }) => ({
    input: {
      ...(requestState !== undefined && { requestState }),
      pending: requests,
      responses: {},
      rounds: (input?.rounds ?? 0) + 1,
    },
    elicitation: undefined,
    since: event.recordedAt,
    ...(requests.length > 0
      ? { phase: 'elicitation' as const }
      : { phase: 'due' as const, attempt: attempt + 1, dueAt: addMs(event.recordedAt, nothingAskedMs) }),
  }));
};

export const elicitationRequested = (state: ConversationState, event: Of<'ElicitationRequested'>): ConversationState => {
  const { step: _, attempt: __, elicitation: id = '', ...asked } = event.data;
  return changeStep(state, event, () => ({ phase: 'elicitation', elicitation: { id, ...asked }, since: event.recordedAt }));
};

/** A call that is held open goes on; another one is due again once its last question has an answer. */
export const elicitationAnswered = (state: ConversationState, event: Of<'ElicitationAnswered'>): ConversationState => {
  const { step: _, elicitation: id = '', ...elicited } = event.data;
  const { recordedAt: at } = event;
  return changeStep(state, event, ({ elicitation, input, attempt }) => {
    const answered = { elicitation: undefined, since: at };
    const [asked, ...pending] = input?.pending ?? [];
    if (elicitation?.claim !== undefined || input === undefined || asked === undefined)
      return { ...answered, phase: 'started', elicited: { id, ...elicited } };
    const given = { ...input, pending, responses: { ...input.responses, [asked.key]: elicited } };
    return pending.length > 0
      ? { ...answered, input: given }
      : { ...answered, input: given, phase: 'due', attempt: attempt + 1, dueAt: at };
  });
};
