// How far a model's new answer agrees with the recorded one at the same step: what it does, with which arguments, and
// what it says. Pure; the words of two good answers differ, so what it does decides.

import { canonicalJson } from '../conversation/canonical-json.ts';
import { parseArguments } from '../conversation/tool-arguments.ts';

export interface ComparedAnswer {
  readonly content: string;
  readonly reasoning?: string;
  readonly calls: readonly { readonly name: string; readonly arguments: string }[];
}

export interface AnswerComparison {
  /** The same tools, each as often; the order of parallel calls does not matter. */
  readonly tools: 'same' | 'different';
  /** Where the tools are the same: whether the arguments are, as JSON values. Absent where nothing was called. */
  readonly arguments?: 'same' | 'different';
  /** Whether every new call names a tool that was offered and has a JSON object for arguments. Absent without calls. */
  readonly isValid?: boolean;
  readonly content: 'same' | 'different';
  /** 0 to 1: the words both have, of all their words (Dice). */
  readonly similarity: number;
  readonly reasoning: 'both' | 'neither' | 'only original' | 'only new';
  /** The same deed: same tools with the same arguments; of answers without calls, that there is one. */
  readonly agrees: boolean;
}

/** `tools`: the names that were offered at this step. */
export const compareAnswers = (original: ComparedAnswer, fresh: ComparedAnswer, tools: readonly string[]): AnswerComparison => {
  const isSame = sameNames(original, fresh);
  const called = original.calls.length + fresh.calls.length > 0;
  const areSame = isSame && equalLists(original.calls.map(canonicalCall).sort(), fresh.calls.map(canonicalCall).sort());
  return {
    tools: isSame ? 'same' : 'different',
    ...(called && isSame && { arguments: areSame ? 'same' : 'different' }),
    ...(fresh.calls.length > 0 && { isValid: fresh.calls.every((call) => isValidCall(call, tools)) }),
    content: original.content.trim() === fresh.content.trim() ? 'same' : 'different',
    similarity: similarityOf(original.content, fresh.content),
    reasoning: presence(Boolean(original.reasoning?.trim()), Boolean(fresh.reasoning?.trim())),
    agrees: called ? areSame : fresh.content.trim() !== '' || original.content.trim() === '',
  };
};

type Call = ComparedAnswer['calls'][number];

const sameNames = (a: ComparedAnswer, b: ComparedAnswer): boolean =>
  equalLists(a.calls.map(({ name }) => name).sort(), b.calls.map(({ name }) => name).sort());

const equalLists = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index]);

/** Arguments that are no JSON object are compared as the text they are. */
const canonicalCall = ({ name, arguments: raw }: Call): string => {
  const parsed = parseArguments(raw);
  return `${name} ${parsed.ok ? canonicalJson(parsed.value) : raw}`;
};

const isValidCall = ({ name, arguments: raw }: Call, tools: readonly string[]): boolean =>
  tools.includes(name) && parseArguments(raw).ok;

const presence = (original: boolean, fresh: boolean): AnswerComparison['reasoning'] => {
  if (original) return fresh ? 'both' : 'only original';
  return fresh ? 'only new' : 'neither';
};

/** Two empty texts are alike. Letters and digits make words, in any script. */
const similarityOf = (a: string, b: string): number => {
  const [left, right] = [wordsOf(a), wordsOf(b)];
  const total = left.length + right.length;
  if (total === 0) return a.trim() === b.trim() ? 1 : 0;
  const counts = new Map<string, number>();
  for (const word of left) counts.set(word, (counts.get(word) ?? 0) + 1);
  let shared = 0;
  for (const word of right) {
    const count = counts.get(word) ?? 0;
    if (count > 0) shared += 1;
    counts.set(word, count - 1);
  }
  return (2 * shared) / total;
};

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
