// Fork families and builds of them, for specs of what a build writes.

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aConversation, aTool } from '@turnlog/core/testing';
import { type BuildOptions, type Built, buildDataset } from '../build/build-dataset.ts';
import { createRedactor } from '../redaction/redactor.ts';
import { defaultRowOptions, type Family } from '../rows/projection.ts';
import { rowFormats } from '../rows/row-formats.ts';
import { aFork, aMember, forkOf } from './a-family.ts';

export const uuidOf = (text: string): string => {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** Two branches of one question, the second one rated better. Arguments differ in type from family to family. */
export const familyOf = (number: number, words = ''): Family => {
  const read = aTool('read', { trusted: true, annotations: { readOnlyHint: true } });
  const args = number % 5 === 0 ? { path: number, deep: { n: null } } : { path: `a${number}`, lines: [1, 2] };
  const asked = aConversation({ systemPrompt: 'Be brief.' })
    .withTools([read])
    .withTurn(`What is in ${number}?`)
    .answered({ content: null, reasoning: 'I must look.', calls: [['read', JSON.stringify(args)]] })
    .returned('call_1_1', `alpha ${number} ${words}`)
    .answered({ content: `It says alpha ${number}.`, reasoning: 'Found it.' });
  const first = asked.withTurn('And now?').answered({ content: `Who knows, in ${number}.` });
  const better = forkOf(asked, { input: 'And now?' })
    .answered({ content: `Nothing more in ${number}.` })
    .handling({ type: 'GiveFeedback', feedback: { turn: 2, rating: 1 } });
  const root = uuidOf(`root ${number}`);
  const fork = aFork(uuidOf(`fork ${number}`), better, asked);
  const members = [aMember(first, { id: root }), { ...fork, parent: { id: root, at: fork.inherited } }];
  return { root, members: members.sort((a, b) => (a.id < b.id ? -1 : 1)) };
};

/** What a build of these families is asked for with, unless said otherwise. */
export const buildOf = (of: readonly Family[], options: Partial<BuildOptions> & Pick<BuildOptions, 'out'>): Promise<Built> => {
  const byRoot = new Map(of.map((family) => [family.root, family]));
  const events = new Map(of.flatMap(({ members }) => members.map((member) => [member.id, member.events])));
  return buildDataset({
    format: 'sft',
    as: 'jsonl',
    filters: {},
    through: { transactionId: '7', position: '9' },
    families: of
      .map(({ root, members }) => ({
        root,
        members: members.map(({ id, events, isSelected }) => ({ id, version: events.length, isSelected })),
      }))
      .sort((a, b) => (a.root < b.root ? -1 : 1)),
    read: async ({ root }) => byRoot.get(root) as Family,
    rows: defaultRowOptions,
    rowFormat: rowFormats,
    redactor: createRedactor({ secrets: ['correct-horse-battery'], key: 'k' }),
    onSecret: 'redact',
    placeOf: async (conversation, version) => `${events.get(conversation)?.[version - 1]?.recordedAt}`,
    ...options,
  });
};

export const families = (count: number): readonly Family[] => Array.from({ length: count }, (_, number) => familyOf(number));

/** The same family, recorded so many milliseconds later. */
export const recordedLater = ({ root, members }: Family, ms: number): Family => ({
  root,
  members: members.map((member) => ({
    ...member,
    events: member.events.map((event) => ({
      ...event,
      recordedAt: new Date(Date.parse(event.recordedAt) + ms).toISOString(),
    })),
  })),
});

/** What was said, under other ids. */
export const underOtherIds = ({ members }: Family, name: string): Family => {
  const ids = new Map(members.map(({ id }) => [id, uuidOf(`${name} ${id}`)]));
  const named = (id: string) => ids.get(id) ?? id;
  const renamed = members.map(({ parent, ...member }) => ({
    ...member,
    id: named(member.id),
    ...(parent && { parent: { ...parent, id: named(parent.id) } }),
  }));
  const root = renamed.find(({ inherited }) => inherited === 0)?.id ?? '';
  return { root, members: renamed.sort((a, b) => (a.id < b.id ? -1 : 1)) };
};

/** Everything in a folder, by its path. */
export const contentOf = async (folder: string): Promise<Readonly<Record<string, string>>> => {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const digests = await Promise.all(
    names.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [
        path.slice(folder.length + 1),
        createHash('sha256')
          .update(await readFile(path))
          .digest('hex'),
      ] as const;
    }),
  );
  return Object.fromEntries(digests.sort(([a], [b]) => (a < b ? -1 : 1)));
};
