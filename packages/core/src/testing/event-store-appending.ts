// Appends: at exactly the expected version, whole, one of many that race, and chains of them.

import {
  anAppend,
  commentsOf,
  type EventStoreCase,
  mustEqual,
  recordedAt,
  said,
  typesOf,
  upTo,
  versionsOf,
} from './event-store-case.ts';

export const appending: readonly EventStoreCase[] = [
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
