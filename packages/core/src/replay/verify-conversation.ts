// Replay in mode `verify`: whether this engine, from the recorded events alone, comes to what was recorded. Nothing is
// asked of any model or tool, and nothing is written.

import { currentSchemaVersion, eventSchemas } from '../conversation/events.ts';
import { evolve } from '../conversation/evolve.ts';
import { isKnownRenderer, openAnswers, renderEntry } from '../conversation/model-request.ts';
import { type ConversationState, initialState } from '../conversation/state.ts';
import { type HistoryPlace, historyBegins, historyFault, readMessage } from '../conversation/valid-history.ts';
import type { Recorded } from '../event-sourcing/recorded-event.ts';
import { createRequestHashes, gatheringHash, type RunningHash } from './hash-requests.ts';
import { createTranscriptFold } from './transcript-fold.ts';

export type DifferenceKind = 'version' | 'time' | 'schema' | 'request' | 'fold' | 'history';

export interface Difference {
  /** The first version that differs. */
  readonly version: number;
  readonly kind: DifferenceKind;
  readonly message: string;
}

export interface VerifyReport {
  readonly id: string;
  readonly mode: 'verify';
  /** The version up to which was verified. */
  readonly at: number;
  readonly executed: 'nothing';
  readonly verdict: 'verified' | 'differs' | 'erased';
  /** How many recorded model requests were rendered again, byte for byte the same. */
  readonly requests: number;
  readonly difference?: Difference;
}

type Fault = Omit<Difference, 'version'>;

/** `sha256` gives lower-case hex. `beginSha256` lets a long conversation cost what it holds, not what its requests held. */
export interface VerifyHashes {
  readonly sha256: (text: string) => string;
  readonly beginSha256?: () => RunningHash;
}

/** `events` from version 1 on. Stops at the first difference: what follows hangs on it. */
export const verifyConversation = (
  id: string,
  events: readonly Recorded[],
  { sha256, beginSha256 = () => gatheringHash(sha256) }: VerifyHashes,
): VerifyReport => {
  const report = { id, mode: 'verify', at: events.at(-1)?.version ?? 0, executed: 'nothing' } as const;
  const isErased = events.some(({ type }) => type === 'ConversationErased');
  const checks: Checks = { hashOf: createRequestHashes(beginSha256), faultIn: createHistoryCheck() };
  let state = initialState;
  let requests = 0;
  for (const event of events) {
    const checked = checkEvent(state, event, checks);
    if ('fault' in checked) {
      const difference = { version: state.version + 1, ...checked.fault };
      return { ...report, verdict: 'differs', requests, difference };
    }
    requests += hasRequest(event) ? 1 : 0;
    state = checked.after;
  }
  return { ...report, verdict: isErased ? 'erased' : 'verified', requests };
};

/** Each remembers what it has seen of the history: asked event after event, it looks at what is new. */
interface Checks {
  readonly hashOf: (state: ConversationState, renderer: number) => string | undefined;
  readonly faultIn: (state: ConversationState) => string | undefined;
}

const checkEvent = (
  before: ConversationState,
  event: Recorded,
  { hashOf, faultIn }: Checks,
): { readonly fault: Fault } | { readonly after: ConversationState } => {
  const fault = placeFault(before, event) ?? schemaFault(event) ?? requestFault(before, event, hashOf);
  if (fault !== undefined) return { fault };
  try {
    const after = evolve(before, event);
    const invalid = isSameHistory(before, after) ? undefined : faultIn(after);
    return invalid === undefined ? { after } : { fault: { kind: 'history', message: `The history is not valid: ${invalid}.` } };
  } catch (error) {
    return { fault: { kind: 'fold', message: `${event.type} cannot be folded: ${String(error)}` } };
  }
};

/** Whether a provider would take the rendered history, as `historyFault(renderHistory(state).messages)` has it. */
const createHistoryCheck = (): Checks['faultIn'] => {
  const fold = createTranscriptFold<HistoryPlace | string>();
  return (state) => {
    const said = fold(state.transcript, state.turn?.base, {
      from: historyBegins,
      step: (place, entry) => (typeof place === 'string' ? place : readMessage(place, renderEntry(entry, state))),
    });
    return historyFault(openAnswers(state), said);
  };
};

/** Most events change nothing that is rendered; rendering at every one would make long conversations quadratic. */
const isSameHistory = (before: ConversationState, after: ConversationState): boolean =>
  before.transcript === after.transcript &&
  before.turn?.steps === after.turn?.steps &&
  before.turn?.proposed === after.turn?.proposed;

const placeFault = ({ version, updatedAt }: ConversationState, event: Recorded): Fault | undefined => {
  if (event.version !== version + 1)
    return { kind: 'version', message: `Version ${version + 1} is missing: version ${event.version} stands in its place.` };
  if (!(event.recordedAt >= updatedAt))
    return {
      kind: 'time',
      message: `It was recorded at ${event.recordedAt}, before the version that precedes it (${updatedAt}).`,
    };
  return undefined;
};

const schemaFault = ({ type, data, schemaVersion }: Recorded): Fault | undefined => {
  const schema = Object.hasOwn(eventSchemas, type) ? eventSchemas[type] : undefined;
  if (!(schemaVersion >= 1)) return { kind: 'schema', message: `${type} has no schema version: ${String(schemaVersion)}.` };
  if (schema === undefined || schemaVersion > currentSchemaVersion)
    return { kind: 'schema', message: `Schema version ${schemaVersion} of ${type} needs a newer Turnlog.` };
  const parsed = schema.safeParse(data);
  if (parsed.success) {
    const unknown = unknownField(data, parsed.data);
    return unknown === undefined ? undefined : { kind: 'schema', message: `${type} has a field of no schema: ${unknown}.` };
  }
  const [issue] = parsed.error.issues;
  return {
    kind: 'schema',
    message: `${type} is not what its schema says: ${[...(issue?.path ?? []), issue?.message].join(' ')}`,
  };
};

/** Parsing drops what a schema does not name: a renamed field would be as if it had never been recorded. */
const unknownField = (data: unknown, known: unknown): string | undefined => {
  if (typeof data !== 'object' || data === null || typeof known !== 'object' || known === null) return undefined;
  for (const [key, value] of Object.entries(data)) {
    if (!Object.hasOwn(known, key)) return key;
    const inner = unknownField(value, (known as Record<string, unknown>)[key]);
    if (inner !== undefined) return `${key}.${inner}`;
  }
  return undefined;
};

type AttemptStarted = Extract<Recorded, { type: 'AttemptStarted' }>;

const hasRequest = (event: Recorded): boolean => event.type === 'AttemptStarted' && event.data.request !== undefined;

const requestFault = (before: ConversationState, event: Recorded, hashOf: Checks['hashOf']): Fault | undefined => {
  const message = event.type === 'AttemptStarted' ? requestMismatch(before, event.data, hashOf) : undefined;
  return message === undefined ? undefined : { kind: 'request', message };
};

/** The request is rendered from the prefix before its attempt, as the worker did that sent it. */
const requestMismatch = (
  before: ConversationState,
  { step, request }: AttemptStarted['data'],
  hashOf: Checks['hashOf'],
): string | undefined => {
  if (request === undefined) return undefined;
  if (!isKnownRenderer(request.renderer)) return `The request of step ${step} needs renderer ${request.renderer}.`;
  const toolsVersion = before.tools?.version ?? 0;
  if (request.toolsVersion !== toolsVersion)
    return `The request of step ${step} was rendered with the tools of version ${request.toolsVersion}, the prefix has those of ${toolsVersion}.`;
  const rendered = hashOf(before, request.renderer);
  if (rendered === undefined) return `No model step was open for the request of step ${step}.`;
  return rendered === request.sha256
    ? undefined
    : `The request of step ${step} has the sha256 ${request.sha256}, its prefix renders to ${rendered}.`;
};
