// What a model call may have used, where its server does not say: a budget must not be spent unseen.

import type { AssistantMessage, Usage } from './messages.ts';
import type { Limits } from './settings.ts';

/** UTF-8 bytes for each token: English and code have about four, Chinese three. An estimate is rather too high. */
const bytesOfToken = 3;

/** Counted in the body as it was sent (schemas of tools included) and in all that came back. */
export const estimateUsage = (body: string, { content, reasoning, toolCalls }: EstimatedMessage): Usage => {
  const calls = toolCalls.map(({ name, arguments: raw }) => name + raw).join('');
  return { promptTokens: tokensOf(body), completionTokens: tokensOf(`${content ?? ''}${reasoning ?? ''}${calls}`) };
};

type EstimatedMessage = Pick<AssistantMessage, 'content' | 'reasoning'> & {
  readonly toolCalls: readonly { readonly name: string; readonly arguments: string }[];
};

/** Whether what a call uses can pause a turn. */
export const hasBudget = ({ maxTokens, maxConversationTokens, maxCost, maxConversationCost }: Limits): boolean =>
  [maxTokens, maxConversationTokens, maxCost, maxConversationCost].some((limit) => limit !== undefined);

const tokensOf = (text: string): number => Math.ceil(bytesOf(text) / bytesOfToken);

const bytesOf = (text: string): number => {
  let bytes = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    // Each half of a pair is two of its four bytes.
    const isHalf = unit >= 0xd800 && unit <= 0xdfff;
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800 || isHalf) bytes += 2;
    else bytes += 3;
  }
  return bytes;
};
