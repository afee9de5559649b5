// `models`: the endpoints the operator named, with what each takes.

import { type Limits, limitsSchema, type ModelPrice, paramFaults } from '@turnlog/core';
import { z } from 'zod';
import { type ProfileChoice, profileChoiceSchema } from './model-profiles.ts';
import { checkShape, expandAll, isJsonObject, type JsonObject, join, type Reading, warnOfUnknownKeys } from './reading.ts';

export interface ModelTimeouts {
  readonly connectMs?: number | undefined;
  readonly firstTokenMs?: number | undefined;
  readonly idleMs?: number | undefined;
  readonly totalMs?: number | undefined;
}

export interface ConfiguredModel {
  /** Absent: the default endpoint. */
  readonly baseUrl?: string | undefined;
  readonly apiKeyEnv?: string | undefined;
  /** What the request's `model` field says. */
  readonly model: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Absent: guessed from the base URL. */
  readonly profile?: ProfileChoice | undefined;
  readonly limits?: Limits | undefined;
  readonly price?: ModelPrice | undefined;
  readonly timeouts?: ModelTimeouts | undefined;
}

const isHttpUrl = (value: string) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
const amount = z.number('takes a number').nonnegative('takes a number from 0');
const duration = z.int('takes a number of milliseconds').positive('takes a number of milliseconds').optional();

const modelSchema = z.object({
  baseUrl: z
    .string('takes a string')
    .refine(isHttpUrl, 'takes an http(s) URL up to and including the version, such as http://localhost:8000/v1')
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  apiKeyEnv: z
    .string('takes the name of a variable')
    // A key in its place would be printed as a variable's name.
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'takes the name of a variable that holds the key, never the key')
    .optional(),
  model: z.string('takes a string').min(1, 'takes the name of a model').optional(),
  params: z
    .record(z.string(), z.unknown(), 'takes an object')
    .superRefine((params, context) => {
      // A second value would contradict what the log says was sent, or be dropped without a word.
      for (const { path, message } of paramFaults(params)) context.addIssue({ code: 'custom', path: path.split('.'), message });
    })
    .default({}),
  profile: profileChoiceSchema.optional(),
  limits: limitsSchema.optional(),
  price: z.object({ input: amount, output: amount, cachedInput: amount.optional() }, 'takes input and output').optional(),
  timeouts: z.strictObject({ connectMs: duration, firstTokenMs: duration, idleMs: duration, totalMs: duration }).optional(),
});

const modelKeys = Object.keys(modelSchema.shape);

/** Reads every entry below `models`, in the order of the file: the first one is a default. */
export function readModels({ models }: JsonObject, reading: Reading): Record<string, ConfiguredModel> {
  if (models === undefined) return {};
  if (!isJsonObject(models)) {
    reading.problems.push({ path: 'models', message: 'takes an object of models by name' });
    return {};
  }
  const read = Object.entries(models).flatMap(([name, entry]): [string, ConfiguredModel][] => {
    const model = readModel(name, entry, join('models', name), reading);
    return model === undefined ? [] : [[name, model]];
  });
  return Object.fromEntries(read);
}

function readModel(name: string, entry: unknown, path: string, reading: Reading): ConfiguredModel | undefined {
  if (!isJsonObject(entry)) {
    reading.problems.push({ path, message: 'takes an object' });
    return undefined;
  }
  warnOfUnknownKeys(entry, modelKeys, path, reading);
  const faults = reading.problems.length;
  const baseUrl = expandAll(entry.baseUrl, join(path, 'baseUrl'), reading);
  if (reading.problems.length > faults) return undefined;
  const model = checkShape(modelSchema, { ...entry, baseUrl }, path, reading);
  if (model === undefined) return undefined;
  warnOfMissingKey(model.apiKeyEnv, join(path, 'apiKeyEnv'), reading);
  return { ...model, model: model.model ?? name };
}

function warnOfMissingKey(name: string | undefined, path: string, { variables, problems, warnings }: Reading): void {
  if (name === undefined || variables[name]) return;
  // Some keys have the form of a name (`hf_…`, `gsk_…`): what may be one is not printed.
  if (/[a-z]/.test(name)) problems.push({ path, message: 'no variable of this name is set; it takes a name, never the key' });
  else warnings.push(`${path}: the variable ${name} is not set; calls go without a key`);
}
