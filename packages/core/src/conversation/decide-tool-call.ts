// What a person decides about one tool call: before it runs, or after it was lost.

import { CommandRejected } from '../errors.ts';
import type { Command, Environment } from './commands.ts';
import { answerElicitation } from './elicitation.ts';
import type { ConversationEvent } from './events.ts';
import { callDigest } from './next-event.ts';
import { type ConversationState, findStepOfCall, findTool, type Step } from './state.ts';
import { parseArguments } from './tool-arguments.ts';
import { entriesOf } from './transcript.ts';

type Decision = Extract<Command, { type: 'DecideToolCall' }>;
type Events = readonly ConversationEvent[];

export const decideToolCall = (command: Decision, state: ConversationState, env: Environment): Events => {
  const step = findStepOfCall(state, command.callId);
  if (step?.phase === 'approval') return decideApproval(command, step, state, env);
  if (step?.phase === 'unknown') return decideUnknown(command, step);
  if (step?.elicitation !== undefined) return answerElicitation(command, step, step.elicitation);
  if (step === undefined && !hasCall(state, command.callId))
    throw new CommandRejected('no_such_call', `There is no call ${command.callId} in this conversation.`);
  throw new CommandRejected('not_waiting', `Call ${command.callId} does not wait for a decision.`);
};

/** Asked only to word a refusal: it looks through the whole history. */
const hasCall = ({ transcript, turn }: ConversationState, callId: string): boolean =>
  turn?.proposed.some(({ id }) => id === callId) === true ||
  entriesOf(transcript).some((entry) => entry.kind === 'assistant' && entry.message.toolCalls.some(({ id }) => id === callId));

const decideApproval = (command: Decision, step: Step, state: ConversationState, env: Environment): Events => {
  const { decision, reason } = command;
  if (decision === 'reject')
    return [{ type: 'ToolCallRejected', data: { step: step.step, ...(reason !== undefined && { reason }) } }];
  if (decision !== 'approve' && decision !== 'edit')
    throw new CommandRejected('wrong_decision', `Call ${command.callId} waits for approve, edit or reject, not ${decision}.`);
  const digest = currentDigest(command, step, state, env);
  if (decision === 'approve') return [{ type: 'ToolCallApproved', data: { step: step.step, digest } }];
  const edited = command.arguments ?? '';
  const parsed = parseArguments(edited);
  if (command.arguments === undefined || !parsed.ok)
    throw new CommandRejected('bad_arguments', `edit needs \`arguments\`: ${parsed.ok ? 'a JSON object' : parsed.message}`);
  return [
    { type: 'ToolCallEdited', data: { step: step.step, digest, arguments: edited, ...(reason !== undefined && { reason }) } },
  ];
};

/** The digest the person saw must be that of the call as it stands, with the tool as it is now. */
const currentDigest = (command: Decision, step: Step, state: ConversationState, env: Environment): string => {
  if (command.digest === undefined)
    throw new CommandRejected('digest_required', `${command.decision} needs the \`digest\` of the call.`);
  const { name = '', arguments: raw = '' } = step.call ?? {};
  const tool = findTool(state, name);
  if (tool === undefined)
    throw new CommandRejected('tool_gone', `The tool ${name} is no longer offered: the call can only be rejected.`);
  if (command.digest !== callDigest(tool.digest, raw, env))
    throw new CommandRejected('stale_digest', 'The call or its tool is no longer what was shown. Look at it again.');
  return command.digest;
};

const decideUnknown = (command: Decision, step: Step): Events => {
  const { decision, result, reason } = command;
  const because = reason === undefined ? {} : { reason };
  switch (decision) {
    case 'retry':
    case 'tell':
      return [{ type: 'ToolOutcomeDecided', data: { step: step.step, decision, ...because } }];
    case 'resolve':
      if (result === undefined) throw new CommandRejected('result_required', 'resolve needs the `result` of the call.');
      return [{ type: 'ToolOutcomeDecided', data: { step: step.step, decision, result, ...because } }];
    default:
      throw new CommandRejected('wrong_decision', `Call ${command.callId} waits for retry, resolve or tell, not ${decision}.`);
  }
};
