// `--max-tokens N --tokenizer …`: rows are counted by the tokenizer and the chat template of the model they are for.

import {
  type ChatRenderer,
  createRowCounter,
  type Format,
  type MaxTokens,
  openRenderer,
  type ReportedFormat,
  reportedFormats,
} from '@turnlog/datasets';
import type { Environment } from '../configuration/environment.ts';
import { count } from './dataset-request.ts';

export interface TokenFlags {
  readonly maxTokens?: string;
  readonly tokenizer?: string;
}

/** Throws an Error that names the flag. */
export const mostTokens = ({ maxTokens, tokenizer }: TokenFlags): number | undefined => {
  if (maxTokens === undefined) return undefined;
  if (tokenizer === undefined) throw new Error('--max-tokens needs --tokenizer: only the model itself knows what a token is.');
  return count('--max-tokens', maxTokens, 1);
};

export const rendererOf = (
  { tokenizer }: TokenFlags,
  { folder, huggingFace: { endpoint, token } }: Environment,
): Promise<ChatRenderer | undefined> =>
  tokenizer === undefined
    ? Promise.resolve(undefined)
    : openRenderer({ tokenizer, folder, hub: { endpoint, ...(token !== undefined && { token }) } });

/** Undefined without `--max-tokens`. Throws an Error that names the flag, and NoTokenizer. */
export const tokenLimit = async (format: Format, flags: TokenFlags, environment: Environment): Promise<MaxTokens | undefined> => {
  const most = mostTokens(flags);
  if (most === undefined) return undefined;
  if (!isCounted(format))
    throw new Error(`--max-tokens is for rows that are trained: ${reportedFormats.join(', ')}; not for ${format}.`);
  const renderer = await rendererOf(flags, environment);
  if (renderer === undefined) return undefined;
  return { most, count: createRowCounter(format, renderer), tokenizer: { name: renderer.name, sha256: renderer.sha256 } };
};

const isCounted = (format: Format): format is ReportedFormat => (reportedFormats as readonly string[]).includes(format);
