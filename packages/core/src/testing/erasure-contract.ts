// What erasing keeps and what it takes, on both stores. Like the contract of the event store, it belongs to no test framework.

import type { ConversationEvent } from '../conversation/events.ts';
import { fold } from '../conversation/evolve.ts';
import { initialState, phaseOf } from '../conversation/state.ts';
import type { Append, EventStore } from '../event-sourcing/event-store.ts';
import type { Erasure } from '../ports/erasure.ts';
import { summarize } from '../projections/summary.ts';
import { anAppend, commentsOf, mustEqual, said } from './event-store-contract.ts';

export interface ErasureCase {
  readonly name: string;
  readonly run: (store: EventStore & Erasure, newId: () => string) => Promise<void>;
}

const fork = (id: string, parent: string, at: number, comments: readonly string[]): Append => {
  const append = anAppend(id, at, comments, { fork: { parent, at } });
  const event: ConversationEvent = {
    type: 'ConversationForked',
    data: { parent: { conversationId: parent, version: at }, systemPrompt: 'secret', supersede: false },
  };
  return {
    ...append,
    events: [event, ...comments.map(said)],
    summary: { ...append.summary, version: at + 1 + comments.length, forkedFrom: { conversationId: parent, version: at } },
  };
};

const tombstone = (id: string, at: number, data: { readonly forks?: 'erase' } = {}): Append => {
  const erased: ConversationEvent = { type: 'ConversationErased', data };
  const append = anAppend(id, at, ['x'], { events: [erased] });
  const closed = summarize(fold([{ ...erased, version: at + 1, recordedAt: append.recordedAt, schemaVersion: 1 }], initialState));
  return { ...append, summary: closed };
};

const wholeText = async (store: EventStore, ids: readonly string[]): Promise<string> => {
  const events = await Promise.all(ids.map((id) => store.read(id)));
  return JSON.stringify(events);
};

export const erasureContract: readonly ErasureCase[] = [
  {
    name: 'a conversation without a tombstone is not erased',
    run: async (store, newId) => {
      const id = newId();
      await store.append(anAppend(id, 0, ['kept']));
      const outcome = await store.erase(id).catch((error: unknown) => error);
      if (!(outcome instanceof Error)) throw new Error('It was erased.');
      mustEqual('kept', await commentsOf(store, id), ['kept']);
    },
  },
  {
    name: 'contents, large ones and fingerprints too, go; versions and times stay; again is the same',
    run: async (store, newId) => {
      const id = newId();
      const long = 'secret '.repeat(20_000);
      await store.append(anAppend(id, 0, ['secret', long], { commandId: 'c1', fingerprint: 'f1' }));
      await store.append(tombstone(id, 2));
      for (const time of ['once', 'twice']) {
        mustEqual(time, await store.erase(id), { detached: [] });
        const events = await store.read(id);
        mustEqual(
          'events',
          events.map(({ version, type, data, recordedAt }) => [version, type, data, recordedAt]),
          [1, 2, 3].map((version) => [version, 'ConversationErased', {}, '2026-03-01T12:00:00.000Z']),
        );
        mustEqual('phase', phaseOf(fold(events)), 'closed');
      }
      mustEqual('command', await store.findCommand(id, 'c1'), { version: 1 });
      mustEqual('append after it', await store.append(anAppend(id, 2, ['late'])), { type: 'conflict', actual: 3 });
    },
  },
  {
    name: 'an erased conversation cannot be forked',
    run: async (store, newId) => {
      const [id, child] = [newId(), newId()];
      await store.append(anAppend(id, 0, ['1', '2']));
      await store.append(tombstone(id, 2));
      const outcome = await store.append(fork(child, id, 1, ['own'])).catch((error: unknown) => error);
      if (!(outcome instanceof RangeError)) throw new Error(`Not refused: ${JSON.stringify(outcome)}`);
    },
  },
  {
    name: 'the prefix is given to the forks that live on, and to forks of forks',
    run: async (store, newId) => {
      const [root, child, grandchild, other] = [newId(), newId(), newId(), newId()];
      const long = 'shared '.repeat(20_000);
      await store.append(anAppend(root, 0, ['r1', long, 'r3'], { commandId: 'same' }));
      await store.append({ ...fork(child, root, 2, ['c4']), commandId: 'same' });
      await store.append(fork(grandchild, child, 4, ['g6']));
      await store.append(fork(other, child, 1, ['o3']));
      const readers = [child, grandchild, other].sort().map((id) => ({ id, isErased: false }));
      const sorted = async () => [...(await store.readersOf(root))].sort((a, b) => (a.id < b.id ? -1 : 1));
      mustEqual('readers', await sorted(), readers);
      const before = await Promise.all([child, grandchild, other].map((id) => commentsOf(store, id)));
      await store.append(tombstone(root, 3));
      mustEqual('detached', [...(await store.erase(root)).detached].sort(), [child, grandchild, other].sort());
      mustEqual('readers left', await store.readersOf(root), []);
      mustEqual('their events', await Promise.all([child, grandchild, other].map((id) => commentsOf(store, id))), before);
      mustEqual('the command of the child', await store.findCommand(child, 'same'), { version: 3 });
      mustEqual('root', await commentsOf(store, root), Array(4).fill('ConversationErased'));
      const last = newId();
      await store.append(fork(last, grandchild, 5, ['l7']));
      const inherited = ['r1', long, 'ConversationForked', 'c4', 'ConversationForked'];
      mustEqual('forked again', await commentsOf(store, last), [...inherited, 'ConversationForked', 'l7']);
    },
  },
  {
    name: 'an erased fork shows nothing of its living parent, and says where it came from',
    run: async (store, newId) => {
      const [root, child] = [newId(), newId()];
      await store.append(anAppend(root, 0, ['secret 1', 'secret 2']));
      await store.append({ ...fork(child, root, 2, ['secret 4']), commandId: 'c1' });
      await store.append(tombstone(child, 4));
      mustEqual('reader', await store.readersOf(root), [{ id: child, isErased: true }]);
      await store.erase(child);
      const text = await wholeText(store, [child]);
      if (text.includes('secret')) throw new Error(`Still there: ${text}`);
      const state = fold(await store.read(child));
      mustEqual('state', [state.version, phaseOf(state), state.forkedFrom], [5, 'closed', { conversationId: root, version: 2 }]);
      mustEqual('parent', await commentsOf(store, root), ['secret 1', 'secret 2']);
      mustEqual('readers left', await store.readersOf(root), []);
    },
  },
  {
    name: 'what was left behind a tombstone is known until it is gone, with what was to become of its forks',
    run: async (store, newId) => {
      const [root, child] = [newId(), newId()];
      const unfinishedAt = async (hour: number) => {
        const now = `2026-03-01T${hour}:00:00.000Z`;
        const taken = await store.takeUnfinished({ toldBefore: now, now, limit: 1_000 });
        const ours = taken.filter(({ id }) => [root, child].includes(id));
        return ours.map(({ id, forks }) => `${id === root ? 'root' : 'child'} ${forks}`).sort();
      };
      await store.append(anAppend(root, 0, ['secret 1', 'secret 2']));
      await store.append(fork(child, root, 1, ['secret 3']));
      mustEqual('alive', await unfinishedAt(13), []);
      await store.append(tombstone(root, 2));
      mustEqual('not yet', await unfinishedAt(12), []);
      mustEqual('one', await unfinishedAt(14), ['root detach']);
      mustEqual('somebody is at it', await unfinishedAt(14), []);
      await store.append(tombstone(child, 3, { forks: 'erase' }));
      mustEqual('both', await unfinishedAt(15), ['child erase', 'root detach']);
      await store.erase(root);
      mustEqual('the fork', await unfinishedAt(16), ['child erase']);
      await store.erase(child);
      mustEqual('none', await unfinishedAt(20), []);
    },
  },
  {
    name: 'a fork that got its prefix after it was told to go is known too',
    run: async (store, newId) => {
      const [root, child] = [newId(), newId()];
      await store.append(anAppend(root, 0, ['secret 1']));
      await store.append(fork(child, root, 1, ['secret 3']));
      await store.append(tombstone(root, 1));
      await store.erase(root);
      await store.append(tombstone(child, 3));
      const now = '2026-03-01T13:00:00.000Z';
      const unfinished = await store.takeUnfinished({ toldBefore: now, now, limit: 1_000 });
      mustEqual(
        'the fork',
        unfinished.filter(({ id }) => id === child),
        [{ id: child, forks: 'detach' }],
      );
    },
  },
];
