// A POST becomes a command. With an Idempotency-Key the command id follows from the key, so the log itself knows a
// repetition, for as long as it keeps the conversation; its answer is rebuilt from the events that the first one wrote.

import type { Command, ConversationState, EventStore, Recorded } from '@turnlog/core';
import { CommandRejected } from '@turnlog/core';
import type { ApiDependencies } from './api-dependencies.ts';
import { refuseFields } from './request-refused.ts';
import type { Incoming } from './route.ts';
import { uuidV5 } from './uuid-v5.ts';

/** NEVER CHANGE: the ids of all keyed conversations and commands follow from these two. */
const conversationNamespace = '4d3b1f0e-6a51-5b0c-9f0b-7f1f0c6a2e11';
const commandNamespace = '9a6c2d74-0f3e-5c8a-8b1d-2e57c4d9a310';

export interface Submitted {
  readonly id: string;
  readonly version: number;
  /** Directly after the command, also where it was submitted before. */
  readonly state: ConversationState;
  readonly events: readonly Recorded[];
  /** `Idempotency-Replayed`, where the command was submitted before. */
  readonly headers: Readonly<Record<string, string>>;
}

type Dependencies = Pick<ApiDependencies, 'engine' | 'store' | 'newId' | 'sha256'>;

export interface SubmitCommand {
  /** Changes a conversation. */
  (incoming: Incoming, conversationId: string, command: Command): Promise<Submitted>;
  /** Creates one. `command` is asked only if the key is new, as the operator's files may have changed since. */
  readonly create: (incoming: Incoming, command: () => Command) => Promise<Submitted>;
}

export const createSubmitCommand = ({ engine, store, newId, sha256 }: Dependencies): SubmitCommand => {
  const envelopeOf = (incoming: Incoming, conversationId: string) => {
    const key = idempotencyKey(incoming);
    return {
      conversationId,
      commandId: key === undefined ? newId() : uuidV5(commandNamespace, key),
      ...(key !== undefined && { fingerprint: sha256(requestText(incoming)) }),
      correlation: incoming.requestId,
    };
  };

  const replayed = async (id: string, firstVersion: number): Promise<Submitted> => {
    const events = await readAppend(store, id, firstVersion);
    const version = firstVersion + events.length - 1;
    return { id, version, state: await engine.stateAt(id, version), events, headers: { 'Idempotency-Replayed': 'true' } };
  };

  const submit = async (incoming: Incoming, id: string, command: Command): Promise<Submitted> => {
    const handled = await engine.handle(command, envelopeOf(incoming, id));
    if (handled.duplicateOf !== undefined) return replayed(id, handled.duplicateOf);
    return { id, version: handled.version, state: handled.state, events: handled.events, headers: {} };
  };

  const create = async (incoming: Incoming, command: () => Command): Promise<Submitted> => {
    const key = idempotencyKey(incoming);
    const id = key === undefined ? newId() : uuidV5(conversationNamespace, key);
    const envelope = envelopeOf(incoming, id);
    const earlier = key === undefined ? undefined : await store.findCommand(id, envelope.commandId);
    if (earlier === undefined) return submit(incoming, id, command());
    // Of an erased conversation the fingerprint is gone.
    if (earlier.fingerprint !== undefined && earlier.fingerprint !== envelope.fingerprint)
      throw new CommandRejected('key_reused', 'This Idempotency-Key was used before with another request. Use a new key.');
    return replayed(id, earlier.version);
  };

  return Object.assign(submit, { create });
};

export const idempotencyKey = (incoming: Incoming): string | undefined => {
  const key = incoming.header('idempotency-key');
  if (key !== undefined && !/^[\x21-\x7e]{1,255}$/.test(key))
    return refuseFields([{ path: 'Idempotency-Key', message: 'Must be 1 to 255 visible ASCII characters.' }]);
  return key;
};

/** What makes two requests the same: method, path and body, whatever the order of its keys. */
export const requestText = ({ method, path, body }: Incoming): string =>
  `${method} ${path}\n${JSON.stringify(sortKeys(body ?? {}))}`;

const sortKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, child]) => [key, sortKeys(child)]));
};

const pageSize = 200;

/** The events of the append that begins at `first`: a command id stands on the first event of every append, and only there. */
const readAppend = async (store: EventStore, id: string, first: number): Promise<readonly Recorded[]> => {
  const events: Recorded[] = [];
  for (let after = first - 1; ; after += pageSize) {
    const page = await store.read(id, { after, upTo: after + pageSize });
    const next = page.findIndex((event) => event.version > first && event.commandId !== undefined);
    events.push(...(next === -1 ? page : page.slice(0, next)));
    if (next !== -1 || page.length < pageSize) return events;
  }
};
