// A conversation that was held elsewhere, written as if it had been held here: the same events in the same order, so that
// it replays, forks, exports and continues like any other. Nothing is executed, and no request is claimed to be known.

import { CommandRejected } from '../errors.ts';
import type { Command, Environment, ImportedMessage } from './commands.ts';
import { type ConversationEvent, currentSchemaVersion } from './events.ts';
import { evolve } from './evolve.ts';
import { callIdOf } from './ids.ts';
import type { ToolCall } from './messages.ts';
import { type ConversationState, initialState } from './state.ts';
import { parseArguments } from './tool-arguments.ts';

type ImportConversation = Extract<Command, { type: 'ImportConversation' }>;
type Assistant = Extract<ImportedMessage, { role: 'assistant' }>;

/** Who performed what was performed elsewhere. */
const elsewhere = 'imported';

/** All events of the conversation, its last turn closed. Refuses messages that no history can hold, naming the first one. */
export const importConversation = (command: ImportConversation, env: Environment): readonly ConversationEvent[] => {
  const rounds = roundsOf(command.messages);
  const log = createLog(env);
  const { settings, tools } = command;
  log.record({ type: 'ConversationStarted', data: settings });
  if (tools.length > 0) log.record({ type: 'ToolsListed', data: { servers: settings.servers, tools: [...tools], warnings: [] } });
  for (const round of rounds) {
    if (round.role === 'user') userSaid(log, round.content);
    else modelAnswered(log, round);
  }
  endTurn(log);
  return log.events;
};

interface Log {
  readonly events: readonly ConversationEvent[];
  state(): ConversationState;
  record(event: ConversationEvent): void;
}

const createLog = ({ now }: Environment): Log => {
  const events: ConversationEvent[] = [];
  let state = initialState;
  return {
    events,
    state: () => state,
    record: (event) => {
      events.push(event);
      state = evolve(state, { ...event, version: state.version + 1, recordedAt: now, schemaVersion: currentSchemaVersion });
    },
  };
};

interface AssistantRound {
  readonly role: 'assistant';
  readonly message: Assistant;
  /** By the file's own call ids. */
  readonly answers: ReadonlyMap<string, string>;
}
type Round = { readonly role: 'user'; readonly content: string } | AssistantRound;

/** Each result of a tool goes to the assistant message that asked for it. */
const roundsOf = (messages: readonly ImportedMessage[]): readonly Round[] => {
  const rounds: Round[] = [];
  let answers = new Map<string, string>();
  let unanswered: readonly string[] = [];
  for (const [index, message] of messages.entries()) {
    const refuse = (reason: string): never => {
      throw new CommandRejected('no_history', `Message ${index + 1}: ${reason}`);
    };
    if (message.role === 'tool') {
      if (!unanswered.includes(message.callId)) refuse(`no open call has the id ${JSON.stringify(message.callId)}.`);
      unanswered = unanswered.filter((id) => id !== message.callId);
      answers.set(message.callId, message.content);
      continue;
    }
    if (unanswered.length > 0) refuse(`calls before it have no result: ${unanswered.join(', ')}.`);
    if (message.role === 'user') {
      rounds.push(message);
      continue;
    }
    if (rounds.length === 0) refuse('an assistant speaks before any user.');
    unanswered = message.toolCalls.map(({ id }) => id);
    if (new Set(unanswered).size !== unanswered.length) refuse('two of its calls have the same id.');
    answers = new Map();
    rounds.push({ role: 'assistant', message, answers });
  }
  return rounds;
};

/** Words after an answer open a turn; words after other words, or after the results of tools, belong to the open one. */
const userSaid = (log: Log, input: string): void => {
  const { turn } = log.state();
  if (turn !== undefined && turn.answer !== 'final') {
    log.record({ type: 'TurnSteered', data: { turn: turn.turn, input } });
    return;
  }
  if (turn !== undefined) log.record({ type: 'TurnCompleted', data: { turn: turn.turn } });
  log.record({ type: 'TurnStarted', data: { turn: log.state().turns + 1, input } });
};

const modelAnswered = (log: Log, { message, answers }: AssistantRound): void => {
  const { turns: turn } = log.state();
  const step = stepOf(message, log.state().steps);
  const toolCalls = message.toolCalls.map((call, index) => numbered(call, callIdOf(step, index + 1)));
  log.record({ type: 'StepScheduled', data: { turn, step, call: { kind: 'model' } } });
  log.record({ type: 'AttemptStarted', data: { step, attempt: 1, claim: elsewhere, worker: elsewhere } });
  log.record({
    type: 'ModelResponded',
    data: {
      step,
      attempt: 1,
      claim: elsewhere,
      message: {
        content: message.content,
        ...(message.reasoning !== undefined && { reasoning: message.reasoning, reasoningField: 'reasoning_content' as const }),
        toolCalls,
      },
      finishReason: toolCalls.length > 0 ? 'tool_calls' : 'stop',
    },
  });
  for (const [index, call] of toolCalls.entries()) toolAnswered(log, turn, call, answers.get(message.toolCalls[index]?.id ?? ''));
};

/** The step that a call id of ours tells, so that our own traces keep their ids: steps need only rise. */
const stepOf = ({ toolCalls }: Assistant, steps: number): number => {
  const told = Number(/^call_([1-9]\d{0,8})_1$/.exec(toolCalls[0]?.id ?? '')?.[1] ?? 0);
  return Math.max(told, steps + 1);
};

const numbered = (call: Assistant['toolCalls'][number], id: string): ToolCall => ({
  id,
  ...(call.id !== id && { providerId: call.id }),
  name: call.name,
  arguments: call.arguments,
});

/** A call without a result was under way when the file ended: it may have happened. */
const toolAnswered = (log: Log, turn: number, { id, name, arguments: raw }: ToolCall, content: string | undefined): void => {
  const state = log.state();
  const step = state.steps + 1;
  const tool = state.tools?.tools.find((candidate) => candidate.name === name);
  const call = { callId: id, name, server: tool?.server ?? elsewhere, tool: tool?.tool ?? name, arguments: raw };
  const parsed = parseArguments(raw);
  if (!parsed.ok) {
    log.record({
      type: 'ToolCallRefused',
      data: { turn, step, call, reason: 'bad_arguments', message: content ?? parsed.message },
    });
    return;
  }
  log.record({ type: 'StepScheduled', data: { turn, step, call: { kind: 'tool', ...call } } });
  log.record({ type: 'AttemptStarted', data: { step, attempt: 1, claim: elsewhere, worker: elsewhere } });
  if (content === undefined) return;
  const result = { content: [{ type: 'text', text: content }], isError: false };
  log.record({ type: 'ToolReturned', data: { step, attempt: 1, claim: elsewhere, result } });
};

const endTurn = (log: Log): void => {
  const { turn } = log.state();
  if (turn === undefined) return;
  if (turn.answer === 'final') log.record({ type: 'TurnCompleted', data: { turn: turn.turn } });
  else
    log.record({
      type: 'TurnCancelled',
      data: { turn: turn.turn, cause: 'requested', reason: 'The imported trace ends here.' },
    });
};
