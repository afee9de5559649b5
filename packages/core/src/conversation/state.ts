// What the engine must know of a conversation to decide. Small beside the transcript: it holds the open turn, not the past.

import type { Elicited, EventOf, Question, ToolStep } from './events.ts';
import type { Failure } from './failure.ts';
import type { ToolCall, Usage } from './messages.ts';
import type { Approval, Limits, ModelSettings, Tool } from './settings.ts';
import { elapsedMs } from './time.ts';
import type { McpSessionLoss, ToolAnswer, Transcript } from './transcript.ts';

export interface Step {
  readonly step: number;
  /** Absent: a model step. */
  readonly call?: ToolStep;
  /** `due` may be dispatched; `approval`, `unknown` and `elicitation` wait for a person. */
  readonly phase: 'due' | 'started' | 'approval' | 'unknown' | 'elicitation' | 'settled';
  /** The attempt that is due or open, from 1. */
  readonly attempt: number;
  readonly dueAt: string;
  /** When the step came into its phase. */
  readonly since: string;
  readonly claim?: string;
  readonly worker?: string;
  /** Attempts that ended because a worker did; they do not count against the policy's attempts. */
  readonly losses: number;
  /** An earlier attempt was sent and got no answer. */
  readonly mayHaveHappened?: true;
  readonly digest?: string;
  /** The digest of the tool as it was when a person let this call be made. */
  readonly approvedTool?: string;
  readonly failure?: Failure;
  /** What its server asks; with a claim, in a call that a worker holds open for the answer. */
  readonly elicitation?: Elicitation | undefined;
  /** The last answer given in the open attempt, for the worker that holds the call. */
  readonly elicited?: (Elicited & { readonly id: string }) | undefined;
  /** The id of the task as which its server works on the call. */
  readonly task?: string | undefined;
  /** With what its server wants the call sent again. */
  readonly input?: RequiredInput;
  readonly answer?: { readonly version: number; readonly value: ToolAnswer };
}

export interface Elicitation extends Question {
  readonly id: string;
  readonly digest?: string | undefined;
  readonly claim?: string | undefined;
}

export interface RequiredInput {
  readonly requestState?: string;
  /** Questions without an answer; the first one is asked. */
  readonly pending: EventOf<'ToolInputRequired'>['data']['requests'];
  readonly responses: Readonly<Record<string, Elicited>>;
  /** How often the server has asked in this way. */
  readonly rounds: number;
}

/** A worker holds its attempt open. */
export const isHeld = ({ phase, elicitation }: Step): boolean =>
  phase === 'started' || (phase === 'elicitation' && elicitation?.claim !== undefined);

const waitsForPerson: ReadonlySet<Step['phase']> = new Set(['approval', 'unknown', 'elicitation']);

export interface OpenTurn {
  readonly turn: number;
  /** The transcript before this turn: what a rollback returns to. */
  readonly base: Transcript | undefined;
  /** The open round: one model step, or the tool steps that one model answer asked for. */
  readonly steps: readonly Step[];
  /** Calls that the model asked for and that are not yet steps. */
  readonly proposed: readonly ToolCall[];
  /** Whether the last model answer asked for tools, ended the turn, or none has come yet. */
  readonly answer: 'none' | 'calls' | 'final';
  readonly steered: readonly { readonly version: number; readonly content: string }[];
  readonly stepsUsed: number;
  readonly tokensUsed: number;
  readonly costUsed: number;
  /** Milliseconds in which at least one attempt was open, up to `activeSince`. */
  readonly activeMs: number;
  readonly activeSince?: string;
  /** Rounds in a row in which every call was refused for its arguments or name; a policy's refusals do not count. */
  readonly refusals: number;
  /** The last round with its results (or the one call that it was made of), and how often in a row it came. */
  readonly repeated: { readonly fingerprint: string; readonly times: number };
  /** `notRecorded`: a cassette has come to its end. */
  readonly paused?: PauseReason | 'notRecorded';
}

/** A person who resumes has seen the repetition: it is counted afresh. */
export const noRepeat: OpenTurn['repeated'] = { fingerprint: '', times: 0 };

export type PauseReason = EventOf<'TurnPaused'>['data']['reason'];
export type Replay = NonNullable<EventOf<'ConversationForked'>['data']['replay']>;

export interface ToolSnapshot {
  /** The version of the `ToolsListed` event; 0 where none was needed. */
  readonly version: number;
  readonly servers: readonly string[];
  readonly tools: readonly Tool[];
}

export interface ForkOrigin {
  readonly conversationId: string;
  readonly version: number;
  /** Where the fork supersedes: what its ancestors did after this version was left. */
  readonly supersededAfter?: number;
}

export interface ConversationState {
  readonly version: number;
  readonly phase: 'absent' | 'open' | 'erased';
  readonly model: ModelSettings | undefined;
  readonly servers: readonly string[];
  readonly approval: Approval | undefined;
  readonly limits: Limits;
  readonly truncate: number | undefined;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
  readonly rating: -1 | 0 | 1 | undefined;
  readonly forkedFrom: ForkOrigin | undefined;
  /** What this conversation performs again. */
  readonly replay: Replay | undefined;
  readonly tools: ToolSnapshot | undefined;
  /** Sessions that servers hold for this conversation, and those that were lost without the model having been told. */
  readonly mcpSessions: {
    readonly open: readonly { readonly server: string; readonly sessionId?: string }[];
    readonly untold: readonly McpSessionLoss[];
  };
  readonly transcript: Transcript | undefined;
  readonly turn: OpenTurn | undefined;
  /** How the last closed turn ended. */
  readonly lastTurn:
    | { readonly turn: number; readonly end: 'completed' | 'failed' | 'cancelled' | 'rolled_back'; readonly failure?: Failure }
    | undefined;
  readonly queued: readonly string[];
  /** Turns and steps so far: the next one's number is one more. */
  readonly turns: number;
  readonly steps: number;
  /** What servers said that they counted. */
  readonly usage: Usage;
  /** Of calls of which their servers said nothing, while a budget held: absent where there were none. */
  readonly estimatedTokens?: number;
  /** In the currency of the models' prices. */
  readonly cost: number;
  /** Milliseconds in which an attempt was open, of the turns that are closed. */
  readonly activeMs: number;
  /** The first user message, cut to 120 characters. */
  readonly title: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const initialState: ConversationState = {
  version: 0,
  phase: 'absent',
  model: undefined,
  servers: [],
  approval: undefined,
  limits: {},
  truncate: undefined,
  metadata: {},
  tags: [],
  rating: undefined,
  forkedFrom: undefined,
  replay: undefined,
  tools: undefined,
  mcpSessions: { open: [], untold: [] },
  transcript: undefined,
  turn: undefined,
  lastTurn: undefined,
  queued: [],
  turns: 0,
  steps: 0,
  usage: { promptTokens: 0, completionTokens: 0 },
  cost: 0,
  activeMs: 0,
  title: '',
  createdAt: '',
  updatedAt: '',
};

export type Phase = 'idle' | 'running' | 'waiting' | 'paused' | 'closed';

/** What a user is told: whether anything is under way, and if not, what it waits for. */
export const phaseOf = (state: ConversationState): Phase => {
  if (state.phase === 'erased') return 'closed';
  const { turn } = state;
  if (turn === undefined) return 'idle';
  if (turn.paused !== undefined) return 'paused';
  const open = turn.steps.filter((step) => step.phase !== 'settled');
  return open.length > 0 && open.every((step) => waitsForPerson.has(step.phase)) ? 'waiting' : 'running';
};

/** Milliseconds in which at least one attempt of the turn was open, up to now. */
export const activeMsOf = ({ activeMs, activeSince }: OpenTurn, now: string): number =>
  activeMs + (activeSince === undefined ? 0 : elapsedMs(activeSince, now));

export const findStep = (state: ConversationState, step: number): Step | undefined =>
  state.turn?.steps.find((candidate) => candidate.step === step);

export const findStepOfCall = (state: ConversationState, callId: string): Step | undefined =>
  state.turn?.steps.find((candidate) => candidate.call?.callId === callId);

export const findTool = (state: ConversationState, name: string): Tool | undefined =>
  state.tools?.tools.find((tool) => tool.name === name);
