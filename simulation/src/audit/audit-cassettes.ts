// A replay in mode `cassette` has a live model and recorded tools: no tool is called, and each answer is one that its source recorded
// for the same call.

import type { Recorded } from '@turnlog/core';
import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import { callOf, inheritedBy, type Of, ownOf } from './reading.ts';

const rule = 'a cassette calls no tool, and answers what was recorded';

export const auditCassettes = ({ conversations, effects }: Evidence, findings: Findings): void => {
  for (const [id, events] of conversations) {
    const forked = events[inheritedBy(events)];
    const replay = forked?.type === 'ConversationForked' ? forked.data.replay : undefined;
    if (replay?.mode !== 'cassette') continue;
    findings.saw('person: cassette');
    const called = effects.filter(({ effectId }) => effectId.startsWith(`${id}/`));
    findings.must(rule, called.length === 0, () => `${id} called ${called.map(({ tool }) => tool).join(', ')}`);
    const recorded = new Set(answersIn(conversations.get(replay.source)?.slice(0, replay.through) ?? []));
    for (const answer of answersIn(ownOf(events), events))
      findings.check(rule, recorded.has(answer), () => `${id} was answered what ${replay.source} never recorded: ${answer}`);
  }
};

/** Each result with the call that it answers, as it was executed. */
const answersIn = (events: readonly Recorded[], said: readonly Recorded[] = events): readonly string[] =>
  events.flatMap((event) => {
    const result = event.type === 'ToolReturned' || event.type === 'ToolOutcomeDecided' ? event.data.result : undefined;
    return result === undefined || !('step' in event.data)
      ? []
      : [JSON.stringify([...executedCall(said, event.data.step), result])];
  });

const executedCall = (said: readonly Recorded[], step: number | undefined): readonly unknown[] => {
  const call = callOf(said, step ?? 0);
  const edited = said.findLast(
    (event): event is Of<'ToolCallEdited'> => event.type === 'ToolCallEdited' && event.data.step === step,
  );
  return [call?.name, JSON.parse(edited?.data.arguments ?? call?.arguments ?? 'null')];
};
