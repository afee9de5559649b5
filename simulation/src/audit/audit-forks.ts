// What a read gives is what was recorded. A fork holds exactly what its parent held up to the version that it left it at, however
// its prefix is kept; what came to the parent afterwards, late outcomes above all, is none of its business.

import type { Recorded } from '@turnlog/core';
import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import { inheritedBy, isErased } from './reading.ts';

const rule = 'a fork shares its prefix, and nothing that came after it';

export const auditForks = ({ conversations, stored }: Evidence, findings: Findings): void => {
  for (const [id, events] of conversations) {
    const inherited = inheritedBy(events);
    const read = stored.get(id) ?? [];
    const [theirs, ours] = [read, events].map((side) => textOf(side, inherited));
    const whole = inherited > 0 ? findings.check : findings.must;
    if (!isErased(events)) whole(rule, theirs === ours, () => `${id} does not hold what was recorded in it`);
    const forked = events[inherited];
    if (forked?.type !== 'ConversationForked') continue;
    const claimsOf = (side: readonly Recorded[]) =>
      side.flatMap(({ data }) => ('claim' in data && data.claim !== undefined ? [data.claim] : []));
    const foreign = new Set(claimsOf(conversations.get(forked.data.parent.conversationId) ?? []));
    const own = claimsOf(events.slice(inherited));
    findings.must(rule, !own.some((claim) => foreign.has(claim)), () => `${id} holds outcomes of its parent's attempts`);
  }
};

/** Where a prefix became a fork's own, it and those forked from it are without the ids of commands that were sent to the parent. */
const textOf = (events: readonly Recorded[], inherited: number): string =>
  JSON.stringify(
    events.map((event, index) => {
      const { commandId, ...rest } = event;
      return index < inherited || commandId === undefined ? rest : { ...rest, commandId };
    }),
  );
