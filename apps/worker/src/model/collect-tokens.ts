// Token ids and logprobs of an answer, where the operator's params ask the server for them (vLLM's `return_token_ids`,
// OpenAI's `logprobs`).

import { type AnswerTokens, answerTokensSchema } from '@turnlog/core';
import { asRecord, type WireRecord } from './wire-value.ts';

export interface TokenCollector {
  /** Takes the choice of one chunk. */
  add(choice: WireRecord): void;
  /** Undefined where the server told nothing. A piece that is not what it should be voids its kind: half is worth nothing. */
  finish(): AnswerTokens | undefined;
}

export const createTokenCollector = (): TokenCollector => {
  const ids: unknown[] = [];
  const logprobs: unknown[] = [];
  return {
    add: (choice) => {
      if (Array.isArray(choice.token_ids)) ids.push(...choice.token_ids);
      const { content } = asRecord(choice.logprobs);
      if (Array.isArray(content)) logprobs.push(...content);
    },
    finish: () => {
      const { shape } = answerTokensSchema;
      const checkedIds = shape.ids.safeParse(ids.length === 0 ? undefined : ids).data;
      const checkedLogprobs = shape.logprobs.safeParse(logprobs.length === 0 ? undefined : logprobs).data;
      if (checkedIds === undefined && checkedLogprobs === undefined) return undefined;
      return { ...(checkedIds && { ids: checkedIds }), ...(checkedLogprobs && { logprobs: checkedLogprobs }) };
    },
  };
};
