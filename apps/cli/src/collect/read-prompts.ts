// A file of prompts: JSON lines, or plain ones in a file that ends in `.txt`. A line that cannot be used stops the command
// before anything is begun.

import { readFile } from 'node:fs/promises';
import { type Grader, graderSchema } from '@turnlog/core';
import { z } from 'zod';
import { CalledWrongly } from '../called-wrongly.ts';
import { readGraders } from './grader-specs.ts';

/** A prompt of `POST /batches`. */
export interface Prompt {
  readonly input: string;
  readonly systemPrompt?: string;
  readonly tags?: readonly string[];
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly expected?: string;
  readonly graders?: readonly Grader[];
}

const said = z.string().min(1);
const grader = z.union([z.string(), graderSchema]);

const lineSchema = z.strictObject({
  prompt: said.optional(),
  input: said.optional(),
  messages: z.array(z.strictObject({ role: z.string(), content: z.string() })).optional(),
  system: z.string().optional(),
  systemPrompt: z.string().optional(),
  tags: z.array(z.string()).optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  expected: z.union([z.string(), z.number(), z.boolean()]).optional(),
  grader: grader.optional(),
  graders: z.array(grader).optional(),
});

export const readPrompts = async (path: string, folder: string): Promise<readonly Prompt[]> => {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CalledWrongly(`${path} cannot be read (${error.code}). --prompts takes a file of prompts, one JSON object a line.`);
  });
  const prompts: Prompt[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries())
    if (line.trim() !== '') prompts.push(await readLine(line, `${path}, line ${index + 1}`, path.endsWith('.txt'), folder));
  if (prompts.length === 0) throw new CalledWrongly(`${path} holds no prompt.`);
  return prompts;
};

const readLine = async (line: string, place: string, isPlain: boolean, folder: string): Promise<Prompt> => {
  if (isPlain) return { input: line.trim() };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new CalledWrongly(`${place} is no JSON. Plain lines are taken from a file that ends in .txt.`);
  }
  if (typeof value === 'string' && value !== '') return { input: value };
  const parsed = lineSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new CalledWrongly(`${place}: ${issue?.path.join('.') || 'the line'}: ${issue?.message}`);
  }
  return promptOf(parsed.data, place, folder);
};

const promptOf = async (line: z.output<typeof lineSchema>, place: string, folder: string): Promise<Prompt> => {
  const { tags, metadata, expected } = line;
  const { input, systemPrompt } = wordsOf(line, place);
  const graders = await gradersOf([...(line.grader === undefined ? [] : [line.grader]), ...(line.graders ?? [])], place, folder);
  return {
    input,
    ...(systemPrompt !== undefined && { systemPrompt }),
    ...(tags && { tags }),
    ...(metadata && { metadata }),
    ...(expected !== undefined && { expected: String(expected) }),
    ...(graders.length > 0 && { graders }),
  };
};

/** The words of one user message; a history would be somebody else's answers. */
const wordsOf = (
  { prompt, input, messages, system, systemPrompt = system }: z.output<typeof lineSchema>,
  place: string,
): { readonly input: string; readonly systemPrompt: string | undefined } => {
  const given = [prompt, input, messages].filter((one) => one !== undefined);
  if (given.length !== 1) throw new CalledWrongly(`${place}: give one of prompt, input and messages.`);
  if (messages === undefined) return { input: prompt ?? input ?? '', systemPrompt };
  const [first, ...rest] = messages;
  const asked = first?.role === 'system' ? rest : messages;
  const [user, ...others] = asked;
  if (user?.role !== 'user' || others.length > 0)
    throw new CalledWrongly(
      `${place}: messages takes a system message and one user message. Conversations with answers in them: npm run import-traces.`,
    );
  return { input: user.content, systemPrompt: first?.role === 'system' ? first.content : systemPrompt };
};

const gradersOf = async (
  graders: readonly z.output<typeof grader>[],
  place: string,
  folder: string,
): Promise<readonly Grader[]> => {
  const read: Grader[] = [];
  for (const one of graders) {
    if (typeof one !== 'string') {
      read.push(one);
      continue;
    }
    const typed = await readGraders([one], folder);
    // A file of prompts may come from anywhere: it starts no program.
    if (typed.commands.length > 0) throw new CalledWrongly(`${place}: a command is given by --grader, never by the file.`);
    read.push(...typed.graders);
  }
  return read;
};
