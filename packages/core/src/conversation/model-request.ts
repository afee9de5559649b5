// Exactly what a model was or will be sent. A pure function of state: the same prefix gives the same bytes, whose
// hash `AttemptStarted` records. Released renderers stay; a change of bytes is a new version beside them.

import { type ChatMessage, chatMessage, type MessageContext } from './chat-message.ts';
import { renderAnswer } from './render-answer.ts';
import { renderer1 } from './render-request-1.ts';
import { renderer2 } from './render-request-2.ts';
import type { LeftToSay, Renderer, Said, SentMessage } from './renderer.ts';
import type { ModelProfile } from './settings.ts';
import { type ConversationState, phaseOf, type Step } from './state.ts';
import { type Entry, entriesOf } from './transcript.ts';

/** What new attempts are rendered with. */
export const rendererVersion = 2;

const renderers = new Map<number, Renderer>([
  [1, renderer1],
  [2, renderer2],
]);

export const isKnownRenderer = (version: number): boolean => renderers.has(version);

/** The body of the open model step, as JSON text. Undefined where there is none: no other history is complete. */
export const toModelRequest = (state: ConversationState, version: number = rendererVersion): string | undefined => {
  const request = requestOf(state, version);
  if (request === undefined) return undefined;
  const messages: SentMessage[] = [];
  let left: LeftToSay = [];
  for (const entry of entriesOf(state.transcript)) {
    const said = request.say(entry, left);
    messages.push(...said.messages);
    left = said.left;
  }
  return JSON.stringify({ ...request.body, messages: [...messages, ...request.rest(left)] });
};

interface ModelRequestParts {
  readonly body: Record<string, unknown>;
  say(entry: Entry, left: LeftToSay): Said;
  rest(left: LeftToSay): readonly SentMessage[];
}

const requestOf = (state: ConversationState, version: number): ModelRequestParts | undefined => {
  const { model, turn } = state;
  const renderer = renderers.get(version);
  if (model === undefined || turn === undefined || renderer === undefined || !turn.steps.some(isOpenModelStep)) return undefined;
  const context = contextOf(state);
  return {
    body: renderer.body(state, model),
    say: (entry, left) => renderer.say(entry, context, left),
    rest: renderer.rest,
  };
};

export interface RequestFrame extends Omit<ModelRequestParts, 'body'> {
  readonly before: string;
  readonly after: string;
}

/** The same text in pieces: `before`, the messages as JSON with commas between them, `after`. */
export const requestFrame = (state: ConversationState, version: number): RequestFrame | undefined => {
  const request = requestOf(state, version);
  if (request === undefined) return undefined;
  const fields = Object.entries(request.body);
  const at = fields.findIndex(([name]) => name === 'messages');
  const [first, rest] = [fields.slice(0, at), fields.slice(at + 1)].map((some) => JSON.stringify(Object.fromEntries(some)));
  return { ...request, before: `${first?.slice(0, -1)},"messages":[`, after: `],${rest?.slice(1)}` };
};

const isOpenModelStep = ({ call, phase }: Step): boolean => call === undefined && phase !== 'settled';

/** One entry of the history, for people and `state?at=N`: contents that are no text are named. */
export const renderEntry = (entry: Entry, state: ConversationState): ChatMessage => chatMessage(entry, contextOf(state));

const notYetAnswered = '[This call has not been answered yet.]';

/**
 * The history at any version, valid for a provider: an open round is closed with placeholders and what it waits for
 * is said beside it. A request is rendered by `toModelRequest` alone.
 */
export const renderHistory = (
  state: ConversationState,
): { readonly messages: readonly ChatMessage[]; readonly isOpen: boolean } => {
  const said = entriesOf(state.transcript).map((entry) => renderEntry(entry, state));
  return { messages: [...said, ...openAnswers(state)], isOpen: phaseOf(state) !== 'idle' };
};

/** What the calls of the open round have for answers, or have in their place. */
export const openAnswers = ({ turn, truncate }: ConversationState): readonly ChatMessage[] => {
  const open = [
    ...(turn?.steps ?? []).flatMap(({ call, answer }) =>
      call === undefined
        ? []
        : [{ callId: call.callId, text: answer === undefined ? notYetAnswered : renderAnswer(answer.value, truncate) }],
    ),
    ...(turn?.proposed ?? []).map(({ id }) => ({ callId: id, text: notYetAnswered })),
  ];
  return open.map(({ callId, text }): ChatMessage => ({ role: 'tool', content: text, tool_call_id: callId }));
};

const contextOf = ({ model, turn, turns, truncate }: ConversationState): MessageContext => ({
  truncate,
  profile: model?.profile ?? defaultProfile,
  openTurn: turn?.turn ?? turns,
});

const defaultProfile: ModelProfile = {
  sendReasoning: 'none',
  sendReasoningOf: 'turn',
  emptyContent: 'empty',
  streamUsage: true,
  splitThink: true,
};
