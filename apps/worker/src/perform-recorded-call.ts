// One try at a tool call of a cassette: the answer comes from the recordings, and nothing is sent to anyone.

import {
  type ConversationState,
  createOccurrences,
  type EventStore,
  findTool,
  parseArguments,
  type Recordings,
  type Replay,
  recordingsOf,
  type ToolStep,
} from '@turnlog/core';
import type { Attempt } from './perform-attempt.ts';
import { refusedArguments } from './refused-arguments.ts';
import type { WorkerDependencies } from './worker-dependencies.ts';

export const performRecordedCall = async (
  dependencies: WorkerDependencies,
  cassettes: Cassettes,
  recorded: Attempt,
  call: ToolStep,
  state: ConversationState,
  replay: Replay,
): Promise<void> => {
  const { job, claim, start, record } = recorded;
  const { step, attempt } = job;
  const recordings = await cassettes.recordings(replay.source, replay.through);
  const result = recordings.find(call, cassettes.occurrenceOf(job.conversationId, call, state));
  if (result === undefined) {
    const parsed = parseArguments(call.arguments);
    // What its source refused it did not record either.
    if (parsed.ok && (await refusedArguments(dependencies, recorded, findTool(state, call.name), parsed.value))) return;
    await record({ type: 'StopReplay', step });
    return;
  }
  if (await start({})) await record({ type: 'RecordToolResult', step, attempt, claim, result });
};

export interface Cassettes {
  recordings(source: string, through: number): Promise<Recordings>;
  /** How often the conversation has asked for the same call before. */
  occurrenceOf(conversationId: string, call: ToolStep, state: ConversationState): number;
}

/** Replays of one source are performed together: its recordings are read once, and a few sources are remembered. */
const sources = 8;
/** Counts are small, and reading a conversation again costs its length. */
const conversations = 200;

export const createCassettes = (store: Pick<EventStore, 'read'>): Cassettes => {
  const recordings = remembering<Promise<Recordings>>(sources);
  const counts = remembering<ReturnType<typeof createOccurrences>>(conversations);
  return {
    recordings: (source, through) => {
      const key = `${source}@${through}`;
      return recordings.get(key, () => {
        const read = store.read(source, { upTo: through }).then(recordingsOf);
        read.catch(() => recordings.forget(key));
        return read;
      });
    },
    occurrenceOf: (conversationId, call, state) => counts.get(conversationId, createOccurrences)(call, state),
  };
};

/** What was made last, by its name; the one that was made first is forgotten. */
const remembering = <T>(most: number) => {
  const known = new Map<string, T>();
  return {
    get: (key: string, make: () => T): T => {
      const before = known.get(key);
      if (before !== undefined) return before;
      const made = make();
      known.set(key, made);
      if (known.size > most) known.delete(known.keys().next().value as string);
      return made;
    },
    forget: (key: string) => void known.delete(key),
  };
};
