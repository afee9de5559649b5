// Every assistant step of a conversation as a question that can be put to a model again, with the answer it got. Nothing
// is asked here: the request of a step is rendered from its prefix, as the worker did that sent it.

import { evolve } from '../conversation/evolve.ts';
import { toModelRequest } from '../conversation/model-request.ts';
import type { ModelSettings } from '../conversation/settings.ts';
import { type ConversationState, initialState } from '../conversation/state.ts';
import type { Recorded } from '../event-sourcing/recorded-event.ts';
import type { ComparedAnswer } from './compare-answers.ts';

export interface RecordedStep {
  /** The version of its `ModelResponded`. */
  readonly version: number;
  readonly turn: number;
  readonly step: number;
  /** The model that answered, as its settings name it. */
  readonly model: string;
  readonly original: ComparedAnswer;
  /** Names of the tools that were offered. */
  readonly tools: readonly string[];
  /** The body of the same request to another model, or to the same one again, as JSON text. */
  request(model?: ModelSettings): string;
}

/** `events` from version 1 on; oldest step first. One fold: the states that requests need are shared, not copied. */
export const recordedSteps = (events: Iterable<Recorded>): readonly RecordedStep[] => {
  const steps: RecordedStep[] = [];
  let state = initialState;
  let asked: Asked = { state: initialState, renderer: undefined };
  for (const event of events) {
    if (event.type === 'AttemptStarted' && isModelStep(state, event.data.step))
      asked = { state, renderer: event.data.request?.renderer };
    if (event.type === 'ModelResponded') steps.push(recordedStep(event, asked));
    state = evolve(state, event);
  }
  return steps;
};

interface Asked {
  readonly state: ConversationState;
  /** Absent where the attempt was not sent by this engine. */
  readonly renderer: number | undefined;
}

const isModelStep = ({ turn }: ConversationState, step: number): boolean =>
  turn?.steps.some((candidate) => candidate.step === step && candidate.call === undefined) ?? false;

const recordedStep = (
  { version, data: { step, message } }: Extract<Recorded, { type: 'ModelResponded' }>,
  { state: asked, renderer }: Asked,
): RecordedStep => ({
  version,
  turn: asked.turn?.turn ?? 0,
  step,
  model: asked.model?.name ?? '',
  original: {
    content: message.content ?? '',
    ...(message.reasoning !== undefined && { reasoning: message.reasoning }),
    calls: message.toolCalls.map(({ name, arguments: raw }) => ({ name, arguments: raw })),
  },
  tools: (asked.tools?.tools ?? []).map(({ name }) => name),
  request: (model) => {
    const body = model === undefined ? toModelRequest(asked, renderer) : toModelRequest({ ...asked, model });
    if (body === undefined) throw new Error(`No request was open at version ${version}.`);
    return body;
  },
});
