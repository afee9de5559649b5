// A fork is decided on the state of its parent at the version of the fork; erasing leaves a tombstone.

import { CommandRejected } from '../errors.ts';
import type { Command } from './commands.ts';
import type { ConversationEvent } from './events.ts';
import type { Tool } from './settings.ts';
import type { ConversationState } from './state.ts';
import type { Transcript } from './transcript.ts';

type Of<T extends Command['type']> = Extract<Command, { type: T }>;

export const forkConversation = (command: Of<'ForkConversation'>, state: ConversationState): readonly ConversationEvent[] => {
  const {
    parent,
    model,
    systemPrompt,
    servers,
    limits,
    edit,
    input,
    replay,
    tools = [],
    inputs = [],
    supersede = false,
  } = command;
  if (state.version !== parent.version)
    throw new CommandRejected(
      'no_such_version',
      `There is no version ${parent.version}: the conversation ends at ${state.version}.`,
    );
  const editedTurn = edit === undefined ? undefined : lastTurnHeard(state);
  const forked: ConversationEvent = {
    type: 'ConversationForked',
    data: {
      parent,
      ...(model && { model }),
      ...(systemPrompt !== undefined && { systemPrompt }),
      ...(servers && { servers: [...servers] }),
      ...(limits && { limits }),
      ...(editedTurn !== undefined && { editedTurn }),
      ...(replay && { replay }),
      supersede,
    },
  };
  const [first, ...others] = [edit?.content, input, ...inputs].filter((content) => content !== undefined);
  return [
    forked,
    ...(tools.length === 0 ? [] : [toolsListed(servers ?? state.servers, tools)]),
    ...(first === undefined ? [] : [turnStarted(state, first)]),
    ...others.map((content): ConversationEvent => ({ type: 'TurnQueued', data: { input: content } })),
  ];
};

const toolsListed = (servers: readonly string[], tools: readonly Tool[]): ConversationEvent => ({
  type: 'ToolsListed',
  data: { servers: [...servers], tools: [...tools], warnings: [] },
});

const turnStarted = ({ turns }: ConversationState, input: string): ConversationEvent => ({
  type: 'TurnStarted',
  data: { turn: turns + 1, input },
});

/** The turn of the last user message that is rendered; words that still wait to be heard are not. */
const lastTurnHeard = ({ transcript, version }: ConversationState): number => {
  let link: Transcript | undefined = transcript;
  while (link !== undefined && link.entry.kind !== 'user') link = link.before;
  if (link?.entry.kind !== 'user')
    throw new CommandRejected(
      'nothing_to_edit',
      `No user message stands at or before version ${version}: there is nothing to edit.`,
    );
  return link.entry.turn;
};

/** Repeated on an erased conversation it writes nothing (`decide`). */
export const eraseConversation = ({ reason, forks }: Of<'EraseConversation'>): readonly ConversationEvent[] => [
  { type: 'ConversationErased', data: { ...(reason !== undefined && { reason }), ...(forks && { forks }) } },
];
