// Graders say whether an answer is what was wanted. Pure: the same conversation, the same grade. What takes a command of the
// operator is no grader of the core; it gives feedback like everybody else.

import { z } from 'zod';
import { canonicalJson } from '../conversation/canonical-json.ts';
import type { ConversationState } from '../conversation/state.ts';
import { parseArguments } from '../conversation/tool-arguments.ts';
import { entriesOf } from '../conversation/transcript.ts';

const name = z.string().min(1).max(100).optional();

export const graderSchema = z.discriminatedUnion('type', [
  /** The final answer is `expected`, or that of its prompt, but for space around it. */
  z.strictObject({ type: z.literal('exact'), name, expected: z.string().optional(), ignoreCase: z.boolean().optional() }),
  /** The pattern occurs in the final answer. */
  z.strictObject({
    type: z.literal('regex'),
    name,
    pattern: z.string().min(1).max(2_000),
    flags: z
      .string()
      .regex(/^[imsu]*$/, 'Takes the flags i, m, s and u.')
      .optional(),
  }),
  /** The final answer is JSON that the schema allows; in a fenced block where there is one. */
  z.strictObject({ type: z.literal('json-schema'), name, schema: z.record(z.string(), z.unknown()) }),
  /** The tool was called; with these arguments among its own, where they are given. */
  z.strictObject({
    type: z.literal('called'),
    name,
    tool: z.string().min(1),
    arguments: z.record(z.string(), z.unknown()).optional(),
  }),
]);
export type Grader = z.infer<typeof graderSchema>;

/** What a grader looks at. */
export interface Graded {
  /** The words of the last answer; empty where there is none. */
  readonly answer: string;
  /** As executed, oldest first. */
  readonly calls: readonly { readonly name: string; readonly arguments: string }[];
  readonly expected?: string;
}

export interface Grade {
  readonly isPassed: boolean;
  /** Why not, in words. */
  readonly reason?: string;
}

/** The name under which its feedback stands. */
export const graderName = (grader: Grader): string =>
  grader.name ?? (grader.type === 'called' ? `called ${grader.tool}` : grader.type);

/** What is wrong with a grader itself; `expected`: whether its prompt has one. */
export const graderFault = (grader: Grader, hasExpected: boolean): string | undefined => {
  try {
    if (grader.type === 'exact' && grader.expected === undefined && !hasExpected)
      return 'Needs `expected`, here or beside the prompt.';
    if (grader.type === 'regex') new RegExp(grader.pattern, grader.flags);
    if (grader.type === 'json-schema') z.fromJSONSchema(grader.schema);
    return undefined;
  } catch (error) {
    return `Cannot be used: ${error instanceof Error ? error.message : String(error)}`;
  }
};

/** What there is to grade at the end of a conversation. */
export const gradedIn = ({ transcript }: ConversationState, expected: string | undefined): Graded => {
  const answers = entriesOf(transcript).flatMap((entry) => (entry.kind === 'assistant' ? [entry.message] : []));
  return {
    answer: answers.at(-1)?.content ?? '',
    calls: answers.flatMap(({ toolCalls }) => toolCalls.map((call) => ({ name: call.name, arguments: call.arguments }))),
    ...(expected !== undefined && { expected }),
  };
};

export const grade = (grader: Grader, graded: Graded): Grade => {
  switch (grader.type) {
    case 'exact':
      return isSame(graded.answer, grader.expected ?? graded.expected ?? '', grader.ignoreCase === true)
        ? passed
        : failed(`The answer is not ${shown(grader.expected ?? graded.expected ?? '')}.`);
    case 'regex':
      return new RegExp(grader.pattern, grader.flags).test(graded.answer)
        ? passed
        : failed(`The answer does not match /${grader.pattern}/${grader.flags ?? ''}.`);
    case 'json-schema':
      return gradeJson(grader.schema, graded.answer);
    default:
      return gradeCalls(grader, graded.calls);
  }
};

const passed: Grade = { isPassed: true };
const failed = (reason: string): Grade => ({ isPassed: false, reason });

const shown = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

const isSame = (answer: string, expected: string, ignoreCase: boolean): boolean => {
  const [a, b] = [answer.trim(), expected.trim()];
  return ignoreCase ? a.toLowerCase() === b.toLowerCase() : a === b;
};

const gradeJson = (schema: Record<string, unknown>, answer: string): Grade => {
  const fenced = /```(?:json)?\s*\n([\s\S]*?)\n\s*```/.exec(answer)?.[1];
  let value: unknown;
  try {
    value = JSON.parse(fenced ?? answer);
  } catch {
    return failed('The answer is not JSON.');
  }
  const checked = z.fromJSONSchema(schema).safeParse(value);
  const [issue] = checked.error?.issues ?? [];
  return issue === undefined ? passed : failed(`${issue.path.join('.') || 'The value'}: ${issue.message}`);
};

const gradeCalls = ({ tool, arguments: wanted }: Extract<Grader, { type: 'called' }>, calls: Graded['calls']): Grade => {
  const ofTool = calls.filter((call) => call.name === tool);
  if (ofTool.length === 0) return failed(`${tool} was not called.`);
  if (wanted === undefined || ofTool.some((call) => hasArguments(call.arguments, wanted))) return passed;
  return failed(`${tool} was not called with ${canonicalJson(wanted)}.`);
};

/** Numbers count as numbers: `1.0` is `1`. Arguments besides those wanted are nobody's business. */
const hasArguments = (raw: string, wanted: Record<string, unknown>): boolean => {
  const parsed = parseArguments(raw);
  if (!parsed.ok) return false;
  const given = parsed.value as Record<string, unknown>;
  return Object.entries(wanted).every(
    ([key, value]) => Object.hasOwn(given, key) && canonicalJson(given[key]) === canonicalJson(value),
  );
};
