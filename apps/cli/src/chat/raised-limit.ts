// What `/resume` without a number raises a limit to.

import { type ConversationView, defaultLimits } from '@turnlog/core';

/** Twice what it is: enough to go on, and it will be asked again. */
export const raisedLimit = (limits: ConversationView['limits'], reason: string): number => {
  const known: Readonly<Record<string, number | undefined>> = { ...defaultLimits, ...limits };
  return (known[reason] ?? 1) * 2;
};
