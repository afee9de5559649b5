// A whole conversation without an outside: every event is one that `decide` made of a command, with the hashes of the requests
// that a worker would have sent, so that it verifies. The same shape gives the same events.

import { createHash } from 'node:crypto';
import {
  type Append,
  type Command,
  type ConversationState,
  createRequestHashes,
  decide,
  effectIdOf,
  initialState,
  prepareAppend,
  rendererVersion,
  type Step,
} from '@turnlog/core';
import { benchModel, benchTool } from './bench-settings.ts';
import { createWords } from './words.ts';

export interface ConversationShape {
  readonly id: string;
  /** ISO time. */
  readonly begins: string;
  readonly turns: number;
  /** Rounds of calls in each turn; one more model step ends it. */
  readonly rounds: number;
  /** Parallel calls in each round. */
  readonly calls: number;
  /** Attempts of each call that fail before one returns. */
  readonly failures?: number;
  /** Characters of a tool's result, about. */
  readonly resultLength?: number;
}

const stepMs = 40;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What the engine would append, command by command. */
export function* generateConversation(shape: ConversationShape): Generator<Append, ConversationState> {
  const { id, turns } = shape;
  const words = createWords(id);
  const handle = createHandle(shape);
  const settings = {
    model: benchModel,
    servers: [benchTool.server],
    limits: { maxSteps: 1_000_000 },
    metadata: {},
    tags: ['bench'],
    systemPrompt: 'Answer briefly. Use the tools where they help.',
  };
  yield handle({ type: 'StartConversation', settings });
  yield handle({ type: 'RecordTools', servers: [benchTool.server], tools: [benchTool], warnings: [] });
  for (let turn = 1; turn <= turns; turn++) {
    yield handle({ type: 'StartTurn', input: words.text(90) });
    for (let round = 0; round < shape.rounds; round++) {
      yield* modelStep(handle, words, shape.calls);
      for (const step of handle.state().turn?.steps ?? []) yield* toolStep(handle, words, step, shape);
    }
    yield* modelStep(handle, words, 0);
  }
  return handle.state();
}

interface Handle {
  (command: Command, at?: string): Append;
  state(): ConversationState;
  request(): Extract<Command, { type: 'StartAttempt' }>['request'];
  /** Of a call. */
  effectOf(callId: string): string;
}

const createHandle = ({ id, begins }: Pick<ConversationShape, 'id' | 'begins'>): Handle => {
  const hashOf = createRequestHashes(() => createHash('sha256'));
  let state = initialState;
  let time = Date.parse(begins);
  let commands = 0;
  const handle = (command: Command, at = ''): Append => {
    time = Math.max(time + stepMs, at === '' ? 0 : Date.parse(at));
    const now = new Date(time).toISOString();
    const events = decide(command, state, { conversationId: id, now, sha256 });
    const { append, after } = prepareAppend(
      state,
      events,
      command,
      { conversationId: id, commandId: `${command.type}:${++commands}` },
      now,
    );
    state = after;
    return append;
  };
  return Object.assign(handle, {
    state: () => state,
    request: () => ({ sha256: hashOf(state) ?? '', renderer: rendererVersion, toolsVersion: state.tools?.version ?? 0 }),
    effectOf: (callId: string) => effectIdOf(id, callId),
  });
};

const claimOf = ({ step, attempt }: Pick<Step, 'step' | 'attempt'>): string => `claim-${step}-${attempt}`;
const worker = 'bench-worker';

function* modelStep(handle: Handle, words: ReturnType<typeof createWords>, calls: number): Generator<Append> {
  const [open] = handle.state().turn?.steps ?? [];
  if (open === undefined) throw new Error('No model step is open.');
  const at = { step: open.step, attempt: open.attempt, claim: claimOf(open) };
  yield handle({ type: 'StartAttempt', ...at, worker, request: handle.request() });
  const toolCalls = Array.from({ length: calls }, () => ({
    name: benchTool.name,
    arguments: JSON.stringify({ path: `/data/${words.text(16).replaceAll(' ', '/')}.txt`, lines: words.number(400) }),
  }));
  const message = { content: words.text(calls === 0 ? 220 : 40), reasoning: words.text(160), toolCalls };
  const finishReason = calls === 0 ? 'stop' : 'tool_calls';
  const usage = { promptTokens: 500, completionTokens: 120 };
  yield handle({ type: 'RecordModelAnswer', ...at, answer: { message, finishReason, usage } });
}

function* toolStep(
  handle: Handle,
  words: ReturnType<typeof createWords>,
  opened: Step,
  { failures = 0, resultLength = 320 }: ConversationShape,
): Generator<Append> {
  const { step, call } = opened;
  let { attempt, dueAt } = opened;
  const started = (): Append =>
    handle(
      {
        type: 'StartAttempt',
        step,
        attempt,
        claim: claimOf({ step, attempt }),
        worker,
        effectId: handle.effectOf(call?.callId ?? ''),
      },
      dueAt,
    );
  for (let failed = 0; failed < failures; failed++) {
    yield started();
    const failure = { kind: 'unavailable', message: 'The server did not answer.' } as const;
    yield handle({ type: 'RecordFailure', step, attempt, claim: claimOf({ step, attempt }), failure, sent: false });
    const again = handle.state().turn?.steps.find((one) => one.step === step);
    if (again === undefined) throw new Error(`Step ${step} is over.`);
    ({ attempt, dueAt } = again);
  }
  yield started();
  const result = { content: [{ type: 'text', text: words.text(resultLength) }], isError: false };
  yield handle({ type: 'RecordToolResult', step, attempt, claim: claimOf({ step, attempt }), result });
}
