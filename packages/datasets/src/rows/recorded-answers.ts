// What a conversation recorded, seen by its model's answers: what each was asked, what was executed of it, what came of its
// calls. One fold; the states that prompts are read from share their structure, so nothing here is copied per answer.

import {
  type AssistantMessage,
  type ConversationState,
  evolve,
  initialState,
  type Recorded,
  type ToolAnswer,
  type Transcript,
} from '@turnlog/core';
import type { RecordedConversation } from './projection.ts';

export interface RecordedAnswer {
  readonly conversation: string;
  /** The version of its `ModelResponded`. */
  readonly version: number;
  readonly turn: number;
  readonly step: number;
  readonly recordedAt: string;
  readonly finishReason: string;
  /** What the request was rendered from. */
  readonly asked: ConversationState;
  readonly written: AssistantMessage;
  /** As the history shows it: with the arguments that were executed. */
  readonly executed: AssistantMessage;
  /** The version at which a person last changed one of its calls. */
  readonly editedAt?: number;
  /** Recorded by a parent: exported by that one. */
  readonly isInherited: boolean;
}

export interface ReadConversation {
  readonly id: string;
  readonly isSelected: boolean;
  readonly inherited: number;
  readonly events: readonly Recorded[];
  readonly state: ConversationState;
  /** Oldest first, those inherited included. */
  readonly answers: readonly RecordedAnswer[];
  /** Of every call that was settled, by its id. */
  readonly outcomes: ReadonlyMap<string, ToolAnswer>;
  readonly turnEnds: ReadonlyMap<number, TurnEnd>;
}

export interface TurnEnd {
  readonly end: 'completed' | 'failed' | 'cancelled' | 'rolled_back';
  /** The history when the turn was over. */
  readonly transcript: Transcript | undefined;
}

type Open<T> = { -readonly [K in keyof T]: T[K] };

export const readConversation = ({ id, events, inherited, isSelected }: RecordedConversation): ReadConversation => {
  const answers: Open<RecordedAnswer>[] = [];
  const outcomes = new Map<string, ToolAnswer>();
  const turnEnds = new Map<number, TurnEnd>();
  let state = initialState;
  let asked = initialState;
  for (const event of events) {
    if (event.type === 'AttemptStarted' && isModelStep(state, event.data.step)) asked = state;
    if (event.type === 'ModelResponded') answers.push(answerOf(id, event, asked, inherited));
    const after = evolve(state, event);
    if (event.type === 'ToolCallEdited') noteEdit(answers, after, event.version);
    noteOutcomes(outcomes, state, after);
    if (after.lastTurn !== undefined && after.lastTurn !== state.lastTurn)
      turnEnds.set(after.lastTurn.turn, { end: after.lastTurn.end, transcript: after.transcript });
    state = after;
  }
  return { id, isSelected, inherited, events, state, answers, outcomes, turnEnds };
};

const isModelStep = ({ turn }: ConversationState, step: number): boolean =>
  turn?.steps.some((candidate) => candidate.step === step && candidate.call === undefined) ?? false;

const answerOf = (
  conversation: string,
  { version, recordedAt, data }: Extract<Recorded, { type: 'ModelResponded' }>,
  asked: ConversationState,
  inherited: number,
): RecordedAnswer => ({
  conversation,
  version,
  turn: asked.turn?.turn ?? 0,
  step: data.step,
  recordedAt,
  finishReason: data.finishReason,
  asked,
  written: data.message,
  executed: data.message,
  isInherited: version <= inherited,
});

/** Only the newest answer has calls that can still be edited: it stands last until all of them have settled. */
const noteEdit = (answers: readonly Open<RecordedAnswer>[], { transcript }: ConversationState, editedAt: number): void => {
  const answer = answers.at(-1);
  if (answer === undefined || transcript?.entry.kind !== 'assistant' || transcript.entry.version !== answer.version) return;
  answer.executed = transcript.entry.message;
  answer.editedAt = editedAt;
};

/** Answers stand with their steps until the round is over, and from then on at the end of the transcript. */
const noteOutcomes = (outcomes: Map<string, ToolAnswer>, before: ConversationState, after: ConversationState): void => {
  if (after.turn?.steps !== before.turn?.steps)
    for (const { call, answer } of after.turn?.steps ?? []) if (call && answer) outcomes.set(call.callId, answer.value);
  let link = after.transcript;
  while (link !== undefined && link !== before.transcript && link.entry.kind !== 'assistant') {
    if (link.entry.kind === 'tool') outcomes.set(link.entry.callId, link.entry.answer);
    link = link.before;
  }
};
