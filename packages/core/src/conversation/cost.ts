// What a model call cost, from the tokens that its server counted and the price that its settings froze.

import type { Usage } from './messages.ts';
import type { ModelPrice } from './settings.ts';

const million = 1_000_000;

/** In the price's currency; 0 where the server did not count or the operator named no price. */
export const costOf = (usage: Usage | undefined, price: ModelPrice | undefined): number => {
  if (usage === undefined || price === undefined) return 0;
  const cached = Math.min(usage.cachedTokens ?? 0, usage.promptTokens);
  const { input, output, cachedInput = input } = price;
  return ((usage.promptTokens - cached) * input + cached * cachedInput + usage.completionTokens * output) / million;
};
