// Token counts as the server gave them; a count that is no count is left out rather than guessed.

import type { Usage } from '@turnlog/core';
import { asRecord, isRecord } from './wire-value.ts';

/** Reads an OpenAI `usage` object; `null` and counts without both main numbers give nothing. */
export function readUsage(usage: unknown): Usage | undefined {
  if (!isRecord(usage)) return undefined;
  const promptTokens = count(usage.prompt_tokens);
  const completionTokens = count(usage.completion_tokens);
  if (promptTokens === undefined || completionTokens === undefined) return undefined;
  const reasoningTokens = count(asRecord(usage.completion_tokens_details).reasoning_tokens);
  // DeepSeek counts its cache in a field of its own.
  const cachedTokens = count(asRecord(usage.prompt_tokens_details).cached_tokens) ?? count(usage.prompt_cache_hit_tokens);
  return {
    promptTokens,
    completionTokens,
    ...(reasoningTokens !== undefined && { reasoningTokens }),
    ...(cachedTokens !== undefined && { cachedTokens }),
  };
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
