// What the flags of `collect` ask of a batch.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CalledWrongly } from '../called-wrongly.ts';
import type { TypedGraders } from './grader-specs.ts';
import type { Prompt } from './read-prompts.ts';

export interface CollectFlags {
  readonly prompts?: string;
  readonly samples?: string;
  readonly models?: string;
  readonly resume?: string;
  readonly again?: boolean;
  readonly grader?: readonly string[];
  readonly graderTimeout: string;
  readonly config?: string;
  readonly baseUrl?: string;
  readonly apiKey?: string;
  readonly server?: string;
  readonly systemPromptText?: string;
  readonly systemPromptFile?: string;
  readonly servers?: string;
  readonly approval?: string;
  readonly truncate?: string;
  readonly maxSteps?: string;
  readonly param?: readonly string[];
  readonly tag?: readonly string[];
  readonly concurrency?: string;
  readonly maxConversations?: string;
  readonly maxTokens?: string;
  readonly maxCost?: string;
  readonly json?: boolean;
}

/** Names separated by commas. */
export const namesIn = (text: string | undefined): readonly string[] | undefined =>
  text
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

export const wholeNumber = (flag: string, text: string): number => {
  if (!/^[1-9]\d{0,11}$/.test(text)) throw new CalledWrongly(`${flag} got ${JSON.stringify(text)}, takes a whole number from 1.`);
  return Number(text);
};

/** The budget of the flags; undefined where none was given. */
export const budgetOf = (flags: CollectFlags): Record<string, number> | undefined => {
  const { maxConversations, maxTokens, maxCost } = flags;
  if (maxCost !== undefined && !(Number(maxCost) > 0))
    throw new CalledWrongly(`--max-cost got ${JSON.stringify(maxCost)}, takes a number above 0.`);
  const budget = {
    ...(maxConversations !== undefined && { maxConversations: wholeNumber('--max-conversations', maxConversations) }),
    ...(maxTokens !== undefined && { maxTokens: wholeNumber('--max-tokens', maxTokens) }),
    ...(maxCost !== undefined && { maxCost: Number(maxCost) }),
  };
  return Object.keys(budget).length === 0 ? undefined : budget;
};

/** The body of `POST /batches`. */
export const batchBody = async (
  flags: CollectFlags,
  prompts: readonly Prompt[],
  { graders }: TypedGraders,
  folder: string,
): Promise<Record<string, unknown>> => {
  const { samples, truncate, maxSteps, approval, concurrency, tag } = flags;
  const models = namesIn(flags.models);
  const servers = namesIn(flags.servers);
  const systemPrompt = await systemPromptOf(flags, folder);
  const budget = budgetOf(flags);
  return {
    prompts,
    ...(samples !== undefined && { samples: wholeNumber('--samples', samples) }),
    ...(models && { models }),
    ...(servers && { servers }),
    ...(systemPrompt !== undefined && { systemPrompt }),
    ...(approval !== undefined && { approval }),
    ...(truncate !== undefined && { truncate: wholeNumber('--truncate', truncate) }),
    ...(maxSteps !== undefined && { limits: { maxSteps: wholeNumber('--max-steps', maxSteps) } }),
    ...(flags.param && { params: paramsOf(flags.param) }),
    ...(tag && { tags: tag }),
    ...(graders.length > 0 && { graders }),
    ...(budget && { budget }),
    ...(concurrency !== undefined && { concurrency: wholeNumber('--concurrency', concurrency) }),
  };
};

/** The same prompts with the same settings are the same batch, so the same command goes on with it. */
export const keyOf = (body: Record<string, unknown>): string =>
  `collect-${createHash('sha256').update(JSON.stringify(body)).digest('hex')}`;

const systemPromptOf = async (
  { systemPromptText, systemPromptFile }: CollectFlags,
  folder: string,
): Promise<string | undefined> => {
  if (systemPromptText !== undefined && systemPromptFile !== undefined)
    throw new CalledWrongly('Give the system prompt once: --system-prompt-text or --system-prompt-file.');
  if (systemPromptFile === undefined) return systemPromptText || undefined;
  const path = resolve(folder, systemPromptFile);
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CalledWrongly(`${path} cannot be read (${error.code}). It is the system prompt.`);
  });
};

/** `temperature=0.7`: JSON where it is JSON, else text. */
const paramsOf = (params: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    params.map((param) => {
      const [, name, raw = ''] = /^([^=]+)=([\s\S]*)$/.exec(param) ?? [];
      if (name === undefined)
        throw new CalledWrongly(`--param got ${JSON.stringify(param)}, takes name=value, such as temperature=0.7.`);
      try {
        return [name, JSON.parse(raw)];
      } catch {
        return [name, raw];
      }
    }),
  );
