// What an export will do to a model, in numbers: lengths, rows that will be cut, what is trained, template traps, duplicates.
// Rows come in one at a time and only numbers and ids are kept. Same rows, same report.

import { createHash } from 'node:crypto';
import { type Example, examplesOf, isObject, type Json, type JsonObject, type ReportedFormat } from './examples-of.ts';
import { type Trap, traps } from './find-traps.ts';
import { type Measured, type ModelUnderReport, measureExample, wholeSpan } from './measure-example.ts';
import { type Bucket, bucketsOf, type Summary, summarise } from './summarise.ts';
import type { TemplateFacts } from './template-facts.ts';

export interface FaithfulnessReport {
  readonly report: 1;
  readonly format: ReportedFormat;
  readonly rows: number;
  readonly tokenizer?: { readonly name: string; readonly template: TemplateFacts };
  /** Of what the lengths are: tokens with a tokenizer, else characters of the messages' JSON. */
  readonly unit: 'tokens' | 'characters';
  readonly lengths: { readonly prompt?: Summary; readonly trained?: Summary; readonly total?: Summary };
  readonly histogram: readonly Bucket[];
  readonly tooLong?: TooLong;
  readonly traps: readonly FoundTrap[];
  readonly duplicates: Duplicates;
  /** The first rows as a trainer sees them: the end of the context, and what is trained. */
  readonly preview: readonly Preview[];
}

export interface TooLong {
  readonly maxTokens: number;
  readonly rows: number;
  /** Rows of which the context alone fills the limit: a trainer drops them, or trains on nothing. */
  readonly nothingTrained: number;
  readonly ids: readonly string[];
}

export interface FoundTrap {
  readonly trap: Trap;
  readonly meaning: string;
  readonly rows: number;
  /** The first of them. */
  readonly ids: readonly string[];
  /** What the template said of the first of them. */
  readonly refusal?: string;
}

export interface Duplicates {
  /** Rows that say what an earlier row says. */
  readonly rows: number;
  /** The first of them. */
  readonly of: readonly { readonly id: string; readonly sameAs: string }[];
}

export interface Preview {
  readonly id: string;
  readonly column: string;
  readonly context: string;
  readonly trained: string;
}

export interface ReportOptions {
  readonly format: ReportedFormat;
  readonly model?: ModelUnderReport;
  readonly maxTokens?: number;
}

export interface FaithfulnessReporter {
  add(row: JsonObject): void;
  report(): FaithfulnessReport;
}

const listed = 100;
const previewed = 3;
const previewedCharacters = 1_000;

export const createReporter = ({ format, model, maxTokens }: ReportOptions): FaithfulnessReporter => {
  const lengths = { prompt: [] as number[], trained: [] as number[], total: [] as number[] };
  const found = new Map<Trap, { rows: number; readonly ids: string[]; refusal?: string }>();
  const seen = new Map<string, string>();
  const duplicates = { rows: 0, of: [] as Duplicates['of'][number][] };
  const tooLong = { rows: 0, nothingTrained: 0, ids: [] as string[] };
  const preview: Preview[] = [];
  let rows = 0;

  const noteTraps = (id: string, measured: readonly Measured[]) => {
    for (const trap of new Set(measured.flatMap((each) => each.traps))) {
      const entry = found.get(trap) ?? { rows: 0, ids: [] };
      entry.rows++;
      if (entry.ids.length < listed) entry.ids.push(id);
      const refusal = measured.find((each) => each.refusal !== undefined)?.refusal;
      if (trap === 'does_not_render' && refusal !== undefined) entry.refusal ??= refusal;
      found.set(trap, entry);
    }
  };
  const noteLengths = (id: string, measured: readonly Measured[]) => {
    const longest = measured.flatMap((each) => each.lengths ?? []).sort((a, b) => b.total - a.total)[0];
    if (longest === undefined) return;
    lengths.prompt.push(longest.prompt);
    lengths.trained.push(longest.total - longest.prompt);
    lengths.total.push(longest.total);
    if (model === undefined || maxTokens === undefined || longest.total <= maxTokens) return;
    tooLong.rows++;
    if (longest.prompt >= maxTokens) tooLong.nothingTrained++;
    if (tooLong.ids.length < listed) tooLong.ids.push(id);
  };
  const noteDuplicate = (id: string, examples: readonly Example[]) => {
    const key = fingerprint(examples);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, id);
    else {
      duplicates.rows++;
      if (duplicates.of.length < listed) duplicates.of.push({ id, sameAs: first });
    }
  };
  const notePreview = (id: string, example: Example, measured: Measured) => {
    if (preview.length === previewed) return;
    const span = measured.span ?? spanOfWhole(example, measured, model);
    if (span === undefined) return;
    preview.push({
      id,
      column: example.column,
      context: span.context.slice(-previewedCharacters),
      trained: span.trained.slice(0, previewedCharacters),
    });
  };

  return {
    add: (row) => {
      rows++;
      const id = typeof row.id === 'string' ? row.id : `row ${rows}`;
      const examples = examplesOf(format, row);
      const measured = examples.map((example) => measureExample(example, model));
      noteTraps(id, measured);
      noteLengths(id, measured);
      noteDuplicate(id, examples);
      for (const [index, example] of examples.entries()) notePreview(id, example, measured[index] ?? { traps: [] });
    },
    report: () => ({
      report: 1,
      format,
      rows,
      ...(model && { tokenizer: { name: model.renderer.name, template: model.facts } }),
      unit: model === undefined ? 'characters' : 'tokens',
      lengths: summaries(lengths),
      histogram: bucketsOf(lengths.total),
      ...(model && maxTokens !== undefined && { tooLong: { maxTokens, ...tooLong } }),
      traps: inOrder.flatMap((trap) => {
        const entry = found.get(trap);
        return entry === undefined ? [] : [{ trap, meaning: traps[trap], ...entry }];
      }),
      duplicates,
      preview,
    }),
  };
};

/** Only of rows that a template takes: a refusal is a trap and told as one. */
const spanOfWhole = (example: Example, { lengths }: Measured, model: ModelUnderReport | undefined): Measured['span'] =>
  model === undefined || lengths === undefined || example.prompt.length > 0 || example.trained.length === 0
    ? undefined
    : wholeSpan(example, model.renderer);

const inOrder = Object.keys(traps) as readonly Trap[];

const summaries = (lengths: Readonly<Record<'prompt' | 'trained' | 'total', readonly number[]>>) =>
  Object.fromEntries(
    Object.entries(lengths).flatMap(([name, each]) => {
      const summary = summarise(each);
      return summary === undefined ? [] : [[name, summary]];
    }),
  ) as FaithfulnessReport['lengths'];

/** What a row says, without the ids of its calls: those are random, and templates do not render them. */
const fingerprint = (examples: readonly Example[]): string =>
  createHash('sha256')
    .update(
      JSON.stringify(examples.map(({ prompt, trained, tools }) => [prompt.map(withoutIds), trained.map(withoutIds), tools])),
    )
    .digest('base64');

const withoutIds = ({ tool_call_id: _, tool_calls: calls, ...message }: JsonObject): Json => ({
  ...message,
  ...(Array.isArray(calls) && { tool_calls: calls.map((call: Json) => (isObject(call) ? (call.function ?? null) : call)) }),
});
