// A grader that is a program of the operator: the conversation on its stdin, a number or JSON on its stdout.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { BatchItem } from '@turnlog/core';
import { z } from 'zod';
import { ApiRefused, type TurnlogClient } from '../client/turnlog-client.ts';
import type { Prompt } from './read-prompts.ts';

const verdict = z.union([
  z.number(),
  z.strictObject({
    reward: z.number().optional(),
    rating: z.union([z.literal(-1), z.literal(0), z.literal(1)]).optional(),
    tags: z.array(z.string()).optional(),
    comment: z.string().optional(),
  }),
]);

export interface CommandGrading {
  readonly batch: string;
  readonly command: string;
  readonly timeoutMs: number;
  readonly client: TurnlogClient;
  readonly prompts: readonly Prompt[];
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** What its feedback is known by. */
export const commandName = (command: string): string => `command ${command}`.slice(0, 100);

/** Gives the reward, or undefined where the program gave none. Throws an Error that says why it could not grade. */
export const gradeByCommand = async (grading: CommandGrading, item: BatchItem): Promise<number | undefined> => {
  const { batch, command, client } = grading;
  const grader = commandName(command);
  const before = (await client.events(item.conversation)).findLast(
    (event) => event.type === 'FeedbackGiven' && event.data.grader === grader,
  );
  if (before?.type === 'FeedbackGiven') return before.data.reward;
  const said = await performed(grading, JSON.stringify(await inputOf(grading, item)));
  const parsed = verdict.safeParse(jsonIn(said));
  if (!parsed.success)
    throw new Error(`it said ${JSON.stringify(said.slice(0, 100))}, and must say a number or JSON with reward`);
  const given = typeof parsed.data === 'number' ? { reward: parsed.data } : parsed.data;
  const key = createHash('sha256').update(`${batch} ${item.conversation} ${command}`).digest('hex');
  await client.giveFeedback(item.conversation, { ...given, grader }, `grade-${key}`).catch((error: unknown) => {
    // A program that is not the same twice: the first verdict stands.
    if (!(error instanceof ApiRefused && error.status === 422 && error.type === 'urn:turnlog:problem:key-reused')) throw error;
  });
  return given.reward;
};

const inputOf = async ({ client, prompts }: CommandGrading, { conversation, prompt, model, sample }: BatchItem) => {
  const { messages, tools } = await client.trace(conversation);
  const { expected, metadata } = prompts[prompt] ?? {};
  return {
    conversation,
    prompt,
    sample,
    model,
    ...(expected !== undefined && { expected }),
    ...(metadata && { metadata }),
    messages,
    tools,
  };
};

const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** More than a verdict needs; what says more is no grader. */
const maxOutput = 64 * 1024;

const performed = ({ command, timeoutMs, folder, signal }: CommandGrading, input: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, {
      shell: true,
      cwd: folder,
      stdio: ['pipe', 'pipe', 'pipe'],
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    let said = '';
    let complained = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(0, maxOutput);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complained = (complained + chunk.toString()).slice(0, 1_000);
    });
    child.on('error', (error) =>
      reject(error.name === 'AbortError' ? new Error(`it took longer than ${timeoutMs / 1_000} s`) : error),
    );
    child.on('close', (code) => {
      if (code === 0) resolve(said.trim());
      else reject(new Error(`it ended with ${code}${complained === '' ? '' : `: ${complained.trim().split('\n').at(-1)}`}`));
    });
    // One that does not read its input has no need of it.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
