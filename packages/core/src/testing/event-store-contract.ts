// What every event store keeps, as named cases without a test framework. Each works on any store, with conversations of its own:
// `it.each(eventStoreContract)('$name', ({ run }) => run(store, randomUUID))`.

import type { ConversationEvent } from '../conversation/events.ts';
import type { Append, AppendResult, EventStore, LogEntry } from '../event-sourcing/event-store.ts';

export interface EventStoreCase {
  readonly name: string;
  readonly run: (store: EventStore, newId: () => string) => Promise<void>;
}

const recordedAt = '2026-03-01T12:00:00.000Z';

export const said = (comment: string): ConversationEvent => ({ type: 'FeedbackGiven', data: { comment } });

/** An append of what was said, whatever a decision would think of it: a store does not read events. */
export const anAppend = (
  conversationId: string,
  expectedVersion: number,
  comments: readonly string[],
  change: Partial<Append> = {},
): Append => ({
  conversationId,
  expectedVersion,
  commandId: `command-${expectedVersion}-${comments.join('|').slice(0, 100)}`,
  recordedAt,
  events: comments.map(said),
  work: { put: [], drop: [] },
  summary: {
    version: expectedVersion + comments.length,
    phase: 'idle',
    model: 'small',
    title: comments[0] ?? '',
    tags: [],
    turns: 0,
    steps: 0,
    usage: { promptTokens: 0, completionTokens: 0 },
    createdAt: recordedAt,
    updatedAt: recordedAt,
  },
  ...change,
});

/** Texts are compared as JSON: key order counts. */
export const mustEqual = (what: string, actual: unknown, expected: unknown): void => {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== should) throw new Error(`${what}: is ${is}, should be ${should}`);
};

export const commentsOf = async (store: EventStore, id: string, range?: Parameters<EventStore['read']>[1]): Promise<unknown[]> =>
  (await store.read(id, range)).map((event) => (event.type === 'FeedbackGiven' ? event.data.comment : event.type));

const versionsOf = async (store: EventStore, id: string): Promise<number[]> =>
  (await store.read(id)).map((event) => event.version);

const typesOf = (results: readonly AppendResult[]): string[] => results.map((result) => result.type).sort();

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** A store may show an entry a moment after its append, while an older one is still under way: it is asked again, not for ever. */
const readWholeLog = async (store: EventStore, page: number, isComplete: (entries: readonly LogEntry[]) => boolean) => {
  const entries: LogEntry[] = [];
  for (let asked = 0; asked < 5_000 && !isComplete(entries); asked += 1) {
    entries.push(...(await store.readAll(entries.at(-1)?.cursor, page)));
  }
  return entries;
};

const appending: readonly EventStoreCase[] = [
  {
    name: 'appends at the expected version',
    run: async (store, newId) => {
      const id = newId();
      mustEqual('creation', await store.append(anAppend(id, 0, ['a', 'b'], { correlation: 'request 1' })), {
        type: 'appended',
        version: 2,
      });
      mustEqual('second', await store.append(anAppend(id, 2, ['c'])), { type: 'appended', version: 3 });
      const [first, second, third] = await store.read(id);
      const common = { recordedAt, schemaVersion: 1 };
      const { type, data } = said('a');
      mustEqual('first', first, { type, data, version: 1, ...common, commandId: 'command-0-a|b', correlation: 'request 1' });
      mustEqual('second', second, { ...said('b'), version: 2, ...common, correlation: 'request 1' });
      mustEqual('third', third, { ...said('c'), version: 3, ...common, commandId: 'command-2-c' });
    },
  },
  {
    name: 'refuses a stale expectation and says the actual version',
    run: async (store, newId) => {
      const id = newId();
      await store.append(anAppend(id, 0, ['a', 'b', 'c']));
      mustEqual('too low', await store.append(anAppend(id, 1, ['late'])), { type: 'conflict', actual: 3 });
      mustEqual('too high', await store.append(anAppend(id, 4, ['early'])), { type: 'conflict', actual: 3 });
      mustEqual('stored', await commentsOf(store, id), ['a', 'b', 'c']);
    },
  },
  {
    name: 'creates only what is not there and adds only to what is',
    run: async (store, newId) => {
      const [existing, fresh] = [newId(), newId()];
      await store.append(anAppend(existing, 0, ['a']));
      mustEqual('0 on an existing one', await store.append(anAppend(existing, 0, ['again'])), { type: 'conflict', actual: 1 });
      mustEqual('1 on a fresh one', await store.append(anAppend(fresh, 1, ['b'])), { type: 'conflict', actual: 0 });
      mustEqual('1 on an existing one', await store.append(anAppend(existing, 1, ['b'])), { type: 'appended', version: 2 });
      mustEqual('0 on a fresh one', await store.append(anAppend(fresh, 0, ['a'])), { type: 'appended', version: 1 });
    },
  },
  {
    name: 'lets exactly one of two racing writers win',
    run: async (store, newId) => {
      const id = newId();
      const race = (version: number) =>
        Promise.all(['x', 'y'].map((name) => store.append(anAppend(id, version, [`${name}${version}`]))));
      for (const version of [0, 1, 2]) mustEqual(`at ${version}`, typesOf(await race(version)), ['appended', 'conflict']);
      mustEqual('versions', await versionsOf(store, id), [1, 2, 3]);
    },
  },
  {
    name: 'leaves no gap in versions',
    run: async (store, newId) => {
      const id = newId();
      for (let version = 0; version < 12; ) {
        const comments = upTo((version % 3) + 1).map(String);
        await Promise.all(
          upTo(3).map((one) => store.append(anAppend(id, version, comments, { commandId: `${version}-${one}` }))),
        );
        version += comments.length;
      }
      const versions = await versionsOf(store, id);
      mustEqual('versions', versions, upTo(versions.length));
    },
  },
  {
    name: 'appends all or nothing',
    run: async (store, newId) => {
      const id = newId();
      await store.append(anAppend(id, 0, ['a']));
      await Promise.all([store.append(anAppend(id, 1, ['b1', 'b2', 'b3'])), store.append(anAppend(id, 1, ['c1', 'c2', 'c3']))]);
      const stored = (await commentsOf(store, id)).join();
      if (stored !== 'a,b1,b2,b3' && stored !== 'a,c1,c2,c3') throw new Error(`Stored in part: ${stored}`);
    },
  },
  {
    name: 'a big batch of appends to many conversations succeeds one by one',
    run: async (store, newId) => {
      const ids = upTo(60).map(() => newId());
      const twice = ids.flatMap((id) => [0, 0].map((version, one) => store.append(anAppend(id, version, [`${one}`, 'second']))));
      mustEqual('creations', typesOf(await Promise.all(twice)), [...ids.map(() => 'appended'), ...ids.map(() => 'conflict')]);
      const stale = ids.map((id, index) => store.append(anAppend(id, index % 2 === 0 ? 2 : 1, ['third'])));
      const results = await Promise.all(stale);
      mustEqual(
        'every second one',
        results.map((result) => result.type),
        ids.map((_, index) => (index % 2 === 0 ? 'appended' : 'conflict')),
      );
      for (const [index, id] of ids.entries()) mustEqual('versions', await versionsOf(store, id), upTo(index % 2 === 0 ? 3 : 2));
    },
  },
  {
    name: 'what builds on a waiting append follows it, and falls with it',
    run: async (store, newId) => {
      const [good, bad] = [newId(), newId()];
      const chain = (id: string, version: number) =>
        Promise.all(upTo(4).map((one) => store.append(anAppend(id, version + one - 1, [`${version}-${one}`]))));
      mustEqual('a whole chain', typesOf(await chain(good, 0)), ['appended', 'appended', 'appended', 'appended']);
      mustEqual('versions', await versionsOf(store, good), [1, 2, 3, 4]);
      mustEqual('on a fresh one', typesOf(await chain(bad, 1)), ['conflict', 'conflict', 'conflict', 'conflict']);
      mustEqual('nothing', await versionsOf(store, bad), []);
    },
  },
];

const commands: readonly EventStoreCase[] = [
  {
    name: 'what builds on a refused append is refused, though others have led to the same version',
    run: async (store, newId) => {
      const id = newId();
      await store.append(anAppend(id, 0, ['start']));
      await store.append(anAppend(id, 1, ['theirs']));
      const refused = anAppend(id, 1, ['ours']);
      const [first, second] = await Promise.all([
        store.append(refused),
        store.append(anAppend(id, 2, ['decided on ours'], { buildsOn: { version: 2, commandId: refused.commandId } })),
      ]);
      const later = await store.append(
        anAppend(id, 2, ['also decided on ours'], { buildsOn: { version: 2, commandId: refused.commandId } }),
      );
      mustEqual('results', [first?.type, second?.type, later.type], ['conflict', 'conflict', 'conflict']);
      const theirs = anAppend(id, 2, ['decided on theirs'], {
        buildsOn: { version: 2, commandId: anAppend(id, 1, ['theirs']).commandId },
      });
      mustEqual('what builds on a stored one', (await store.append(theirs)).type, 'appended');
      mustEqual('log', await commentsOf(store, id), ['start', 'theirs', 'decided on theirs']);
    },
  },
  {
    name: 'the same command twice writes nothing and says where it was',
    run: async (store, newId) => {
      const id = newId();
      await store.append(anAppend(id, 0, ['a', 'b']));
      await store.append(anAppend(id, 2, ['c', 'd'], { commandId: 'same', fingerprint: 'f1' }));
      const again = { commandId: 'same', fingerprint: 'f2' };
      const duplicate = { type: 'duplicate', version: 3, fingerprint: 'f1' };
      mustEqual('at the old version', await store.append(anAppend(id, 2, ['c', 'd'], again)), duplicate);
      mustEqual('at the actual version', await store.append(anAppend(id, 4, ['c', 'd'], again)), duplicate);
      mustEqual('without fingerprint', await store.append(anAppend(id, 0, ['a', 'b'])), { type: 'duplicate', version: 1 });
      mustEqual('versions', await versionsOf(store, id), [1, 2, 3, 4]);
    },
  },
  {
    name: 'the same command twice at once writes once',
    run: async (store, newId) => {
      const id = newId();
      const results = await Promise.all([0, 0].map((version) => store.append(anAppend(id, version, ['a']))));
      mustEqual('results', typesOf(results), ['appended', 'duplicate']);
      mustEqual('versions', await versionsOf(store, id), [1]);
    },
  },
  {
    name: 'finds a command in its own conversation only',
    run: async (store, newId) => {
      const [id, other] = [newId(), newId()];
      await store.append(anAppend(id, 0, ['a'], { commandId: 'one' }));
      await store.append(anAppend(id, 1, ['b'], { commandId: 'two', fingerprint: 'f' }));
      await store.append(anAppend(other, 0, ['a'], { commandId: 'three' }));
      mustEqual('one', await store.findCommand(id, 'one'), { version: 1 });
      mustEqual('two', await store.findCommand(id, 'two'), { version: 2, fingerprint: 'f' });
      mustEqual("another conversation's", await store.findCommand(id, 'three'), undefined);
      mustEqual('no conversation', await store.findCommand(newId(), 'one'), undefined);
    },
  },
];

const fork = (id: string, parent: string, at: number, comments: readonly string[]): Append =>
  anAppend(id, at, comments, { fork: { parent, at } });

const reading: readonly EventStoreCase[] = [
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
        { type: 'OutcomeSuperseded', data: { step: 1, attempt: 1, claim: 'c', outcome: odd } },
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

export const eventStoreContract: readonly EventStoreCase[] = [...appending, ...commands, ...reading];
