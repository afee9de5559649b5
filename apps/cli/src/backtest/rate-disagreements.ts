// A file of disagreements that a person has gone through becomes feedback on the recorded steps.

import { readFile } from 'node:fs/promises';
import { CommandRejected, type Engine } from '@turnlog/core';
import { z } from 'zod';
import { CalledWrongly } from '../called-wrongly.ts';
import { sha256 } from '../compose/compose-engine.ts';

const lineSchema = z.looseObject({
  conversation: z.string(),
  step: z.number().int().positive(),
  rating: z.union([z.literal(-1), z.literal(0), z.literal(1)]).nullish(),
  correction: z.string().nullish(),
  comment: z.string().nullish(),
});

export interface Rated {
  readonly rated: number;
  /** Lines that nobody has written into. */
  readonly left: number;
  readonly refused: readonly string[];
}

/** The same line twice is one feedback. */
export const rateDisagreements = async (engine: Pick<Engine, 'handle'>, path: string): Promise<Rated> => {
  const lines = await readLines(path);
  const refused: string[] = [];
  let rated = 0;
  let left = 0;
  for (const { conversation, step, rating, correction, comment } of lines) {
    const said = {
      ...(typeof rating === 'number' && { rating }),
      ...(correction && { correction }),
      ...(comment && { comment }),
    };
    if (Object.keys(said).length === 0) {
      left += 1;
      continue;
    }
    try {
      const commandId = `rate:${sha256(JSON.stringify([conversation, step, said])).slice(0, 32)}`;
      await engine.handle({ type: 'GiveFeedback', feedback: { step, ...said } }, { conversationId: conversation, commandId });
      rated += 1;
    } catch (error) {
      if (!(error instanceof CommandRejected)) throw error;
      refused.push(`${conversation}, step ${step}: ${error.message}`);
    }
  }
  return { rated, left, refused };
};

const readLines = async (path: string): Promise<readonly z.output<typeof lineSchema>[]> => {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CalledWrongly(`${path} cannot be read (${error.code}). --rate takes a file of disagreements.`);
  });
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const parsed = lineSchema.safeParse(jsonIn(line));
    if (parsed.success) return [parsed.data];
    const [issue] = parsed.error.issues;
    throw new CalledWrongly(`${path}, line ${index + 1}: ${issue?.path.join('.') || 'the line'}: ${issue?.message}`);
  });
};

const jsonIn = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};
