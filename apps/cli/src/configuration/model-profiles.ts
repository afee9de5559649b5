// How the known model servers want their requests. A profile is frozen in the log when a conversation resolves its model,
// so a change here never changes a recorded request.

import { type ModelProfile, modelProfileSchema } from '@turnlog/core';
import { z } from 'zod';

const profile = (keys: z.input<typeof modelProfileSchema> = {}): ModelProfile => modelProfileSchema.parse(keys);

/** Servers without a reasoning parser leave `<think>` in the content; hosted ones never do, so there it is the model's text. */
const hosted = { splitThink: false } as const;

export const modelProfiles = {
  default: profile(),
  openai: profile({ ...hosted, emptyContent: 'null' }),
  azure: profile({ ...hosted, emptyContent: 'null' }),
  // Tool turns of thinking models break where the open turn's reasoning is missing; templates drop older turns themselves.
  vllm: profile({ sendReasoning: 'reasoning' }),
  sglang: profile({ sendReasoning: 'reasoning_content' }),
  llamacpp: profile({ sendReasoning: 'reasoning_content' }),
  // Their templates see a schema without its `$defs`.
  ollama: profile({ sendReasoning: 'reasoning', inlineRefs: true }),
  lmstudio: profile({ inlineRefs: true }),
  tgi: profile(),
  openrouter: profile({ ...hosted, sendReasoning: 'reasoning' }),
  // Answers 400 where a tool turn lacks the reasoning it sent, also on a message that had none.
  deepseek: profile({ ...hosted, sendReasoning: 'reasoning_content', requireReasoning: true }),
  groq: profile(),
  together: profile(),
} as const satisfies Record<string, ModelProfile>;

export type ProfileName = keyof typeof modelProfiles;

export const profileNames = Object.keys(modelProfiles) as [ProfileName, ...ProfileName[]];

const names = z.enum(profileNames, `takes one of ${profileNames.join(', ')}, or an object of profile keys`);
// Without the defaults: a key that is left out keeps the built-in profile's value.
const { sendReasoning, sendReasoningOf, emptyContent, streamUsage, splitThink, ...optional } = modelProfileSchema.shape;
const overrides = z.strictObject({
  /** The built-in profile to start from; absent: guessed from the base URL. */
  extends: names.optional(),
  sendReasoning: sendReasoning.unwrap().optional(),
  sendReasoningOf: sendReasoningOf.unwrap().optional(),
  emptyContent: emptyContent.unwrap().optional(),
  streamUsage: streamUsage.unwrap().optional(),
  splitThink: splitThink.unwrap().optional(),
  ...optional,
});

/** A built-in profile by name, or single keys over one. */
export const profileChoiceSchema = z.unknown().transform((value, context) => {
  const result = typeof value === 'object' && value !== null ? overrides.safeParse(value) : names.safeParse(value);
  if (result.success) return result.data;
  // A union would say "Invalid input" and nothing more.
  for (const { message, path } of result.error.issues) context.addIssue({ code: 'custom', message, path: [...path] });
  return z.NEVER;
});
export type ProfileChoice = z.output<typeof profileChoiceSchema>;

/** Gives the profile for an endpoint: what the operator chose, over what the base URL lets guess. */
export function profileFor(baseUrl: string, choice: ProfileChoice | undefined): ModelProfile {
  if (typeof choice === 'string') return modelProfiles[choice];
  const { extends: base, ...keys } = choice ?? {};
  const said = Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));
  return modelProfileSchema.parse({ ...modelProfiles[base ?? guessProfile(baseUrl)], ...said });
}

const byHost: readonly (readonly [RegExp, ProfileName])[] = [
  [/(^|\.)openai\.com$/, 'openai'],
  [/\.azure\.com$/, 'azure'],
  [/(^|\.)openrouter\.ai$/, 'openrouter'],
  [/(^|\.)deepseek\.com$/, 'deepseek'],
  [/(^|\.)groq\.com$/, 'groq'],
  [/(^|\.)together\.(ai|xyz)$/, 'together'],
];

/** The ports these servers listen on when nobody says otherwise. */
const byPort: Readonly<Record<string, ProfileName>> = {
  '8000': 'vllm',
  '30000': 'sglang',
  '8080': 'llamacpp',
  '11434': 'ollama',
  '1234': 'lmstudio',
};

export function guessProfile(baseUrl: string): ProfileName {
  const { hostname, port } = new URL(baseUrl);
  const known = byHost.find(([pattern]) => pattern.test(hostname))?.[1];
  if (known !== undefined) return known;
  // Hosts of rented machines carry the port in the name: `<pod>-8000.proxy.example.net`.
  const proxied = /^[a-z0-9]+-(\d+)\.proxy\./.exec(hostname)?.[1];
  return byPort[proxied ?? port] ?? 'default';
}
