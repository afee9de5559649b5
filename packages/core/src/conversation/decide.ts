// What a command makes happen: pure, one function a command. Nothing to do is []; what can never be right is refused.

import { assertNever, CommandRejected } from '../errors.ts';
import type { Recorded } from '../event-sourcing/recorded-event.ts';
import type { Command, Environment } from './commands.ts';
import {
  abandonAttempt,
  recordFailure,
  recordModelAnswer,
  recordTaskStarted,
  recordToolResult,
  startAttempt,
} from './decide-attempt.ts';
import { eraseConversation, forkConversation } from './decide-fork.ts';
import { importConversation } from './decide-import.ts';
import { decideToolCall } from './decide-tool-call.ts';
import { recordInputRequired, requestElicitation, voidElicitation } from './elicitation.ts';
import { type ConversationEvent, currentSchemaVersion } from './events.ts';
import { evolve } from './evolve.ts';
import { loseMcpSession, openMcpSession } from './mcp-sessions.ts';
import { exceededLimit, nextEvent } from './next-event.ts';
import { refuseArguments } from './refuse-arguments.ts';
import { type Tool, toolSchema } from './settings.ts';
import { type ConversationState, findStep, noRepeat, phaseOf } from './state.ts';

/** The command's own facts, and all that follows from them by the engine's own rules. */
export const decide = (command: Command, state: ConversationState, env: Environment): readonly ConversationEvent[] => {
  const events = [...decideCommand(command, state, env)];
  if (events.length === 0) return [];
  let after = events.reduce((current, event) => evolve(current, provisional(event, current, env)), state);
  for (let next = nextEvent(after, env); next !== undefined; next = nextEvent(after, env)) {
    events.push(next);
    after = evolve(after, provisional(next, after, env));
  }
  return events;
};

const provisional = (event: ConversationEvent, state: ConversationState, env: Environment): Recorded => ({
  ...event,
  version: state.version + 1,
  recordedAt: env.now,
  schemaVersion: currentSchemaVersion,
});

const decideCommand = (command: Command, state: ConversationState, env: Environment): readonly ConversationEvent[] => {
  if (command.type === 'StartConversation' || command.type === 'ImportConversation') {
    if (state.phase !== 'absent') throw new CommandRejected('already_exists', 'This conversation exists already.');
    return command.type === 'StartConversation' ? startConversation(command) : importConversation(command, env);
  }
  if (state.phase === 'absent') throw new CommandRejected('not_found', 'There is no such conversation.');
  if (state.phase === 'erased' && command.type === 'EraseConversation') return [];
  if (state.phase === 'erased') throw new CommandRejected('closed', 'This conversation was erased.');
  switch (command.type) {
    case 'ForkConversation':
      return forkConversation(command, state);
    case 'EraseConversation':
      return eraseConversation(command);
    case 'StartTurn':
      return startTurn(command, state);
    case 'RecordTools':
      return recordTools(command, state);
    case 'StartAttempt':
      return startAttempt(command, state, env);
    case 'RecordModelAnswer':
      return recordModelAnswer(command, state, env);
    case 'RecordToolResult':
      return recordToolResult(command, state);
    case 'RecordFailure':
      return recordFailure(command, state, env);
    case 'AbandonAttempt':
      return abandonAttempt(command, state, env);
    case 'RefuseArguments':
      return refuseArguments(command, state);
    case 'StopReplay':
      return stopReplay(command, state);
    case 'CancelTurn':
      return cancelTurn(command, state);
    case 'ResumeTurn':
      return resumeTurn(command, state, env);
    case 'DecideToolCall':
      return decideToolCall(command, state, env);
    case 'RequestElicitation':
      return requestElicitation(command, state, env);
    case 'VoidElicitation':
      return voidElicitation(command, state);
    case 'RecordTaskStarted':
      return recordTaskStarted(command, state);
    case 'RecordInputRequired':
      return recordInputRequired(command, state);
    case 'OpenMcpSession':
      return openMcpSession(command, state);
    case 'LoseMcpSession':
      return loseMcpSession(command, state);
    case 'GiveFeedback':
      return giveFeedback(command, state);
    default:
      return assertNever(command);
  }
};

type Of<T extends Command['type']> = Extract<Command, { type: T }>;

const startConversation = ({ settings, input }: Of<'StartConversation'>): readonly ConversationEvent[] => {
  const started: ConversationEvent = { type: 'ConversationStarted', data: settings };
  return input === undefined ? [started] : [started, { type: 'TurnStarted', data: { turn: 1, input } }];
};

const startTurn = ({ input, whileBusy = 'reject' }: Of<'StartTurn'>, state: ConversationState): readonly ConversationEvent[] => {
  const { turn } = state;
  const start: ConversationEvent = { type: 'TurnStarted', data: { turn: state.turns + 1, input } };
  if (turn === undefined) return [start];
  switch (whileBusy) {
    case 'reject':
      throw new CommandRejected(
        'busy',
        `Turn ${turn.turn} is ${phaseOf(state)}. Wait for it, cancel it, or say \`whileBusy\`: queue, steer, interrupt or rollback.`,
      );
    case 'queue':
      return [{ type: 'TurnQueued', data: { input } }];
    case 'steer':
      return [{ type: 'TurnSteered', data: { turn: turn.turn, input } }];
    case 'interrupt':
      return [{ type: 'TurnCancelled', data: { turn: turn.turn, cause: 'interrupted' } }, start];
    case 'rollback':
      return [{ type: 'TurnRolledBack', data: { turn: turn.turn } }, start];
    default:
      return assertNever(whileBusy);
  }
};

const recordTools = ({ servers, tools, warnings }: Of<'RecordTools'>, state: ConversationState): readonly ConversationEvent[] => {
  const isKnown = state.tools !== undefined && inStoredForm(state.tools.tools) === inStoredForm(tools);
  return isKnown ? [] : [{ type: 'ToolsListed', data: { servers: [...servers], tools: [...tools], warnings: [...warnings] } }];
};

/** The log keeps the keys of a tool in the order of its schema, whatever order a listing had. */
const inStoredForm = (tools: readonly Tool[]): string => JSON.stringify(tools.map((tool) => toolSchema.parse(tool)));

const cancelTurn = ({ reason }: Of<'CancelTurn'>, state: ConversationState): readonly ConversationEvent[] => {
  if (state.turn === undefined) throw new CommandRejected('no_open_turn', 'No turn is open: there is nothing to cancel.');
  const data = { turn: state.turn.turn, cause: 'requested' as const, ...(reason !== undefined && { reason }) };
  return [{ type: 'TurnCancelled', data }];
};

const stopReplay = ({ step }: Of<'StopReplay'>, state: ConversationState): readonly ConversationEvent[] => {
  const found = findStep(state, step);
  if (state.turn === undefined || state.turn.paused !== undefined || found?.phase !== 'due' || found.call === undefined)
    return [];
  return [{ type: 'ReplayStopped', data: { turn: state.turn.turn, step, call: found.call } }];
};

const resumeTurn = (
  { limits = {} }: Of<'ResumeTurn'>,
  state: ConversationState,
  env: Environment,
): readonly ConversationEvent[] => {
  const { turn } = state;
  if (turn?.paused === undefined) throw new CommandRejected('not_paused', 'No turn is paused: there is nothing to resume.');
  if (turn.paused === 'notRecorded')
    throw new CommandRejected(
      'replay_stopped',
      `The replay has come to a call that was never recorded. Fork it at version ${state.version} to go on from here.`,
    );
  const raised = { ...state, limits: { ...state.limits, ...limits } };
  const still = exceededLimit(raised, { ...turn, repeated: noRepeat }, env.now);
  if (still !== undefined)
    throw new CommandRejected(
      'limit_not_raised',
      `${still.reason} is ${still.limit} and ${still.reached} is needed. Raise it in \`limits\`.`,
    );
  return [{ type: 'TurnResumed', data: { turn: turn.turn, limits } }];
};

const giveFeedback = ({ feedback }: Of<'GiveFeedback'>, state: ConversationState): readonly ConversationEvent[] => {
  if (feedback.turn !== undefined && feedback.turn > state.turns)
    throw new CommandRejected('no_such_turn', `There is no turn ${feedback.turn}.`);
  if (feedback.step !== undefined && feedback.step > state.steps)
    throw new CommandRejected('no_such_step', `There is no step ${feedback.step}.`);
  return [{ type: 'FeedbackGiven', data: feedback }];
};
