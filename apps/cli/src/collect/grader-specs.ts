// Graders as they are typed: `exact`, `regex:PATTERN`, `schema:FILE`, `called:TOOL`, `called:TOOL={…}`, `command:COMMAND`.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Grader, graderFault, graderSchema } from '@turnlog/core';
import { CalledWrongly } from '../called-wrongly.ts';

export interface TypedGraders {
  /** Those that the engine knows. */
  readonly graders: readonly Grader[];
  /** The operator's own programs: performed by this command, never by an engine. */
  readonly commands: readonly string[];
}

const known = 'exact, regex:PATTERN, schema:FILE, called:TOOL, called:TOOL={"argument":"value"} and command:COMMAND';

export const readGraders = async (specs: readonly string[], folder: string): Promise<TypedGraders> => {
  const graders: Grader[] = [];
  const commands: string[] = [];
  for (const spec of specs) {
    const [, kind = '', rest = ''] = /^([a-z]+)(?::([\s\S]+))?$/.exec(spec) ?? [];
    if (kind === 'command' && rest !== '') commands.push(rest);
    else graders.push(await graderOf(spec, kind, rest, folder));
  }
  return { graders, commands };
};

const graderOf = async (spec: string, kind: string, rest: string, folder: string): Promise<Grader> => {
  if (kind === 'exact' && rest === '') return { type: 'exact' };
  if (kind === 'regex' && rest !== '') return checked(spec, { type: 'regex', pattern: rest });
  if (kind === 'schema' && rest !== '')
    return checked(spec, { type: 'json-schema', schema: await schemaIn(resolve(folder, rest)) });
  if (kind === 'called' && rest !== '') return checked(spec, calledOf(spec, rest));
  throw new CalledWrongly(`--grader got ${JSON.stringify(spec)}, takes ${known}.`);
};

const checked = (spec: string, grader: Grader): Grader => {
  const parsed = graderSchema.safeParse(grader);
  const fault = parsed.success ? graderFault(parsed.data, true) : parsed.error.issues[0]?.message;
  if (fault !== undefined) throw new CalledWrongly(`--grader ${JSON.stringify(spec)}: ${fault}`);
  return grader;
};

const calledOf = (spec: string, rest: string): Grader => {
  const [, tool = '', raw] = /^([^=]+)(?:=([\s\S]*))?$/.exec(rest) ?? [];
  if (raw === undefined) return { type: 'called', tool };
  const wanted = objectIn(raw);
  if (wanted === undefined) throw new CalledWrongly(`--grader ${JSON.stringify(spec)}: what follows = must be a JSON object.`);
  return { type: 'called', tool, arguments: wanted };
};

const schemaIn = async (path: string): Promise<Record<string, unknown>> => {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CalledWrongly(`${path} cannot be read (${error.code}). It is the JSON Schema of --grader schema:FILE.`);
  });
  const schema = objectIn(text);
  if (schema === undefined) throw new CalledWrongly(`${path} holds no JSON Schema: it must be a JSON object.`);
  return schema;
};

const objectIn = (text: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};
