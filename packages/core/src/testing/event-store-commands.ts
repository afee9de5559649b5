// Commands: the same one twice writes once, and an append falls with the one that it was decided on.

import { anAppend, commentsOf, type EventStoreCase, mustEqual, recordedAt, typesOf, versionsOf } from './event-store-case.ts';

export const commands: readonly EventStoreCase[] = [
  {
    name: 'what builds on a refused append is refused, though others have led to the same version',
    run: async (store, newId) => {
      const id = newId();
      await store.append(anAppend(id, 0, ['start']));
      await store.append(anAppend(id, 1, ['theirs']));
      const refused = anAppend(id, 1, ['ours']);
      const [first, second] = await Promise.all([
        store.append(refused),
        store.append(
          anAppend(id, 2, ['decided on ours'], { buildsOn: { version: 2, commandId: refused.commandId, recordedAt } }),
        ),
      ]);
      const later = await store.append(
        anAppend(id, 2, ['also decided on ours'], { buildsOn: { version: 2, commandId: refused.commandId, recordedAt } }),
      );
      mustEqual('results', [first?.type, second?.type, later.type], ['conflict', 'conflict', 'conflict']);
      const theirs = anAppend(id, 2, ['decided on theirs'], {
        buildsOn: { version: 2, commandId: anAppend(id, 1, ['theirs']).commandId, recordedAt },
      });
      mustEqual('what builds on a stored one', (await store.append(theirs)).type, 'appended');
      mustEqual('log', await commentsOf(store, id), ['start', 'theirs', 'decided on theirs']);
    },
  },
  {
    name: 'what builds on one deciding of a command is refused where another deciding of it was stored',
    run: async (store, newId) => {
      const id = newId();
      await store.append(anAppend(id, 0, ['start']));
      const theirs = anAppend(id, 1, ['lost']);
      await store.append(theirs);
      const ours = { ...theirs, recordedAt: '2026-01-01T00:00:09.000Z' };
      const { commandId } = theirs;
      const [first, second] = await Promise.all([
        store.append(ours),
        store.append(anAppend(id, 2, ['decided on ours'], { buildsOn: { version: 2, commandId, recordedAt: ours.recordedAt } })),
      ]);
      mustEqual('results', [first?.type, second?.type], ['duplicate', 'conflict']);
      mustEqual('log', await commentsOf(store, id), ['start', 'lost']);
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
