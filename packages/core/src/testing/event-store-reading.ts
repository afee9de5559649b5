// Reading: prefixes, forks, the whole log, byte for byte.

import type { ConversationEvent } from '../conversation/events.ts';
import type { Append, EventStore, LogEntry } from '../event-sourcing/event-store.ts';
import { anAppend, commentsOf, type EventStoreCase, mustEqual, said, upTo } from './event-store-case.ts';

const fork = (id: string, parent: string, at: number, comments: readonly string[]): Append =>
  anAppend(id, at, comments, { fork: { parent, at } });

/** A store may show an entry a moment after its append, while an older one is still under way: it is asked again, not for ever. */
const readWholeLog = async (store: EventStore, page: number, isComplete: (entries: readonly LogEntry[]) => boolean) => {
  const entries: LogEntry[] = [];
  for (let asked = 0; asked < 5_000 && !isComplete(entries); asked += 1) {
    entries.push(...(await store.readAll(entries.at(-1)?.cursor, page)));
  }
  return entries;
};

export const reading: readonly EventStoreCase[] = [
  {
    name: 'reads a prefix',
    run: async (store, newId) => {
      const id = newId();
      await store.append(anAppend(id, 0, ['1', '2', '3', '4', '5']));
      mustEqual('up to 3', await commentsOf(store, id, { upTo: 3 }), ['1', '2', '3']);
      mustEqual('after 3', await commentsOf(store, id, { after: 3 }), ['4', '5']);
      mustEqual('between', await commentsOf(store, id, { after: 1, upTo: 4 }), ['2', '3', '4']);
      mustEqual('nothing between', await commentsOf(store, id, { after: 4, upTo: 2 }), []);
      mustEqual('beyond the end', await commentsOf(store, id, { after: 9 }), []);
      mustEqual('no conversation', await commentsOf(store, newId()), []);
      mustEqual('not an id', await commentsOf(store, 'nonsense'), []);
    },
  },
  {
    name: "a fork reads its parent's prefix and not what the parent adds later",
    run: async (store, newId) => {
      const [parent, child] = [newId(), newId()];
      await store.append(anAppend(parent, 0, ['1', '2', '3']));
      mustEqual('fork', await store.append(fork(child, parent, 2, ['own 3', 'own 4'])), { type: 'appended', version: 4 });
      await store.append(anAppend(parent, 3, ['4']));
      mustEqual('more', await store.append(anAppend(child, 4, ['own 5'])), { type: 'appended', version: 5 });
      mustEqual('child', await commentsOf(store, child), ['1', '2', 'own 3', 'own 4', 'own 5']);
      mustEqual('across the seam', await commentsOf(store, child, { after: 1, upTo: 3 }), ['2', 'own 3']);
      mustEqual('parent', await commentsOf(store, parent), ['1', '2', '3', '4']);
      mustEqual('forked again', await store.append(fork(child, parent, 2, ['other'])), { type: 'conflict', actual: 5 });
    },
  },
  {
    name: 'a fork of a fork reads through both, wherever it is cut',
    run: async (store, newId) => {
      const [root, child] = [newId(), newId()];
      await store.append(anAppend(root, 0, ['r1', 'r2', 'r3', 'r4']));
      await store.append(fork(child, root, 3, ['c4', 'c5', 'c6']));
      const expected = ['r1', 'r2', 'r3', 'c4', 'c5', 'c6'];
      for (const at of [1, 3, 4, 6]) {
        const grandchild = newId();
        mustEqual(`at ${at}`, await store.append(fork(grandchild, child, at, ['g'])), { type: 'appended', version: at + 1 });
        mustEqual(`cut at ${at}`, await commentsOf(store, grandchild), [...expected.slice(0, at), 'g']);
        const last = newId();
        await store.append(fork(last, grandchild, at + 1, ['l']));
        mustEqual('one more', await commentsOf(store, last), [...expected.slice(0, at), 'g', 'l']);
      }
    },
  },
  {
    name: 'a fork beyond the end of its parent is refused',
    run: async (store, newId) => {
      const [parent, child] = [newId(), newId()];
      await store.append(anAppend(parent, 0, ['1']));
      const outcome = await store.append(fork(child, parent, 2, ['x'])).catch((error: unknown) => error);
      if (!(outcome instanceof RangeError)) throw new Error(`Not refused: ${JSON.stringify(outcome)}`);
      mustEqual('nothing', await store.read(child), []);
    },
  },
  {
    name: 'U+0000, lone surrogates, numbers and key order survive byte for byte',
    run: async (store, newId) => {
      const id = newId();
      const odd = {
        z: 1.5,
        a: 1e-7,
        10: 'ten',
        2: 'two',
        '': null,
        '\u0000': '\u0000\ud800\\u0000',
        nested: [[], {}, -1, '😀', 1e21],
      };
      const raw = '{"b": 1.0, "a": 1e400, "n": -0, "s": "\\u0000"}';
      const lone = `half ${'😀'.slice(0, 1)}`;
      const events: ConversationEvent[] = [
        {
          type: 'ToolReturned',
          data: { step: 1, attempt: 1, claim: 'c', result: { content: [], structuredContent: odd, isError: false } },
        },
        said(raw),
        said(lone),
      ];
      const append = anAppend(id, 0, ['', '', '']);
      const summary = { ...append.summary, title: `${lone}\u0000`, tags: ['\u0000', lone] };
      mustEqual('appended', await store.append({ ...append, events, summary }), { type: 'appended', version: 3 });
      const stored = await store.read(id);
      mustEqual(
        'data',
        stored.map(({ data }) => data),
        events.map(({ data }) => data),
      );
    },
  },
  {
    name: 'gives every entry of the whole log once, in order',
    run: async (store, newId) => {
      const ids = upTo(7).map(() => newId());
      await Promise.all(ids.map((id) => store.append(anAppend(id, 0, ['1', '2', '3']))));
      await Promise.all(ids.map((id) => store.append(anAppend(id, 3, ['4', '5']))));
      const child = newId();
      await store.append(fork(child, ids[0] ?? '', 2, ['own 3']));
      const ours = (entries: readonly LogEntry[]) =>
        entries.filter(({ conversationId }) => conversationId === child || ids.includes(conversationId));
      const mine = ours(await readWholeLog(store, 4, (entries) => ours(entries).length >= 7 * 5 + 1));
      mustEqual('entries', mine.length, 7 * 5 + 1);
      for (const id of ids) {
        const versions = mine.filter(({ conversationId }) => conversationId === id).map(({ event }) => event.version);
        mustEqual('versions', versions, [1, 2, 3, 4, 5]);
      }
      mustEqual('of a fork only its own', mine.at(-1)?.event.version, 3);
      mustEqual('the end', await store.readAll(mine.at(-1)?.cursor, 10), []);
    },
  },
];
