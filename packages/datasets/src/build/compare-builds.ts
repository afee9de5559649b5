// Two builds of the same manifest, row by row where they are not the same. Erased conversations explain what is missing of them,
// and what others have instead (a duplicate of theirs, an answer they had recorded).

import { allOf, chunksOf } from './every-page.ts';
import type { LogReader } from './fork-families.ts';
import type { Manifest } from './manifest.ts';
import type { RowPlace } from './rows-index.ts';

interface Build {
  readonly manifest: Manifest;
  readonly places: readonly RowPlace[];
}

export interface Comparison {
  /** What is wrong with the first, each in a sentence. */
  readonly differences: readonly string[];
  /** Conversations of the first that were erased since. */
  readonly erased: readonly string[];
}

interface Context {
  readonly log: Pick<LogReader, 'list'>;
  /** Those that the filters may have chosen then. */
  readonly erased: readonly string[];
}

export const compareBuilds = async (build: Build, again: Build, { log, erased }: Context): Promise<Comparison> => {
  const shown = [...new Set(build.places.flatMap(conversationsOf))];
  const gone = new Set([...erased, ...(await goneOf(log, shown))]);
  const inRows = differentRows(build, again, gone);
  if (inRows.length > 0 || gone.size > 0) return { differences: inRows, erased: [...gone].sort() };
  return { differences: differentManifests(build.manifest, again.manifest), erased: [] };
};

const goneOf = async ({ list }: Pick<LogReader, 'list'>, ids: readonly string[]): Promise<readonly string[]> => {
  const found = (await Promise.all(chunksOf(ids).map((some) => allOf(list, { ids: some })))).flat();
  const there = new Set(found.flatMap(({ id, phase }) => (phase === 'closed' ? [] : [id])));
  return ids.filter((id) => !there.has(id));
};

/** Of a pair, both. */
const conversationsOf = ([id, , , conversation]: RowPlace): readonly string[] => [
  conversation,
  ...id.split('|').flatMap((part) => /^[0-9a-f-]{36}/.exec(part)?.[0] ?? []),
];

const differentRows = (build: Build, again: Build, erased: ReadonlySet<string>): readonly string[] => {
  const made = new Map(again.places.map((place) => [place[0], place]));
  const wrong: string[] = [];
  for (const place of build.places) {
    const [id, file, , , , , digest] = place;
    const other = made.get(id);
    made.delete(id);
    if (other?.[6] === digest || conversationsOf(place).some((conversation) => erased.has(conversation))) continue;
    wrong.push(`Row ${id} of ${file} is ${other === undefined ? 'not in' : 'another one in'} the log.`);
  }
  if (erased.size === 0) for (const id of made.keys()) wrong.push(`Row ${id} is in the log and not in the dataset.`);
  return wrong;
};

const differentManifests = (manifest: Manifest, again: Manifest): readonly string[] => {
  const wrong: string[] = [];
  const digests = new Map(again.files.map(({ path, sha256 }) => [path, sha256]));
  for (const { path, sha256 } of manifest.files)
    if (digests.get(path) !== sha256) wrong.push(`${path} holds the rows in another order, or other rows, than the log gives.`);
  if (JSON.stringify(manifest.excluded) !== JSON.stringify(again.excluded))
    wrong.push(`Left out were ${JSON.stringify(manifest.excluded)}; of the log it is ${JSON.stringify(again.excluded)}.`);
  if (wrong.length === 0 && JSON.stringify(manifest) !== JSON.stringify(again))
    wrong.push('manifest.json is not what this log gives.');
  return wrong;
};
