// Logs that a version of the engine has left, and what later ones must make of them. See docs/golden-logs.md.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  evolve,
  fold,
  initialState,
  projectConversation,
  type Recorded,
  toTrace,
  verifyConversation,
  viewConversation,
} from '@turnlog/core';
import { tellStories } from './stories.ts';
import { sha256 } from './story.ts';

export const folder = import.meta.dirname;

export interface GoldenLog {
  /** `v1/imported` */
  readonly name: string;
  readonly id: string;
  readonly lines: readonly string[];
  readonly events: readonly Recorded[];
}

export const versions = (): readonly string[] => readdirSync(folder).filter((name) => /^v\d+$/.test(name));

export const goldenLogs = (): readonly GoldenLog[] =>
  versions().flatMap((version) =>
    readdirSync(join(folder, version))
      .filter((file) => file.endsWith('.jsonl'))
      .map((file) => readLog(`${version}/${file.slice(0, -'.jsonl'.length)}`)),
  );

const readLog = (name: string): GoldenLog => {
  const lines = readFileSync(join(folder, `${name}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n');
  const { id } = JSON.parse(readFileSync(join(folder, `${name}.view.json`), 'utf8')) as { readonly id: string };
  return { name, id, lines, events: lines.map((line): Recorded => JSON.parse(line)) };
};

/** Frozen with the log: a promise to whoever trains on it. */
export const traceText = ({ id, events }: Pick<GoldenLog, 'id' | 'events'>): string => textOf(toTrace(id, fold(events)));

/**
 * What people are shown. Another version may show more: then these are written again and looked at. `prefixes` has the hash of
 * the replay of every version.
 */
export const viewText = ({ id, events }: Pick<GoldenLog, 'id' | 'events'>): string => {
  let state = initialState;
  const prefixes = events.map((event) => {
    state = evolve(state, event);
    return sha256(JSON.stringify(projectConversation(id, state)));
  });
  const { verdict, requests } = verifyConversation(id, events, { sha256 });
  return textOf({ id, verdict, requests, view: viewConversation(id, state), prefixes });
};

const textOf = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const sumsFile = join(folder, 'SHA256SUMS');

/** Of every file that must never change, as `sha256sum --check` takes it. */
export const sums = (): ReadonlyMap<string, string> =>
  new Map(
    (existsSync(sumsFile) ? readFileSync(sumsFile, 'utf8') : '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => [line.slice(66), line.slice(0, 64)]),
  );

export const isFrozen = (file: string): boolean => /\.(jsonl|trace\.json)$/.test(file);

/** Every file of the versions, as the list names them. */
export const files = (): readonly string[] =>
  versions().flatMap((version) => readdirSync(join(folder, version)).map((file) => `${version}/${file}`));

export const sumOf = (file: string): string => sha256(readFileSync(join(folder, file), 'utf8'));

/** Writes the logs of this engine as a version that does not exist yet, and the views of all versions anew. */
export const writeGoldenLogs = async (version: string | undefined): Promise<void> => {
  if (version !== undefined) await writeVersion(version);
  for (const log of goldenLogs()) writeFileSync(join(folder, `${log.name}.view.json`), viewText(log));
  const frozen = files().filter(isFrozen).sort();
  writeFileSync(sumsFile, frozen.map((file) => `${sums().get(file) ?? sumOf(file)}  ${file}\n`).join(''));
};

const writeVersion = async (version: string): Promise<void> => {
  if (!/^v\d+$/.test(version)) throw new Error(`A version is named v1, v2 …, not ${version}.`);
  if (existsSync(join(folder, version)))
    throw new Error(`${version} exists: what a version has left is never written again. Name a new one.`);
  mkdirSync(join(folder, version));
  for (const story of await tellStories()) {
    const log = { id: story.id, events: await story.events() };
    const path = join(folder, version, story.name);
    writeFileSync(`${path}.jsonl`, log.events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    writeFileSync(`${path}.trace.json`, traceText(log));
    writeFileSync(`${path}.view.json`, viewText(log));
  }
};
