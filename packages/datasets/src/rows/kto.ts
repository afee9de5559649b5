// One row for every answer that people said yes or no to.

import { faultOf, isNoAnswer } from './fault.ts';
import type { ExclusionReason, JsonValue, Projection, RowOptions } from './projection.ts';
import type { ReadFamily, ReadMember } from './read-family.ts';
import type { RecordedAnswer } from './recorded-answers.ts';
import { commonColumns, createRowList, idOf, rowOf, selectedOf } from './row-common.ts';
import { argumentsFor, createMessageReader } from './row-message.ts';
import { toolsColumn, toolsOf } from './row-tools.ts';
import { exampleOf } from './sft.ts';
import { standingOf } from './standing.ts';

export const projectKto = (family: ReadFamily, options: RowOptions): Projection => {
  const list = createRowList();
  for (const member of selectedOf(family)) {
    const messages = createMessageReader(member.state.truncate, argumentsFor(options));
    for (const answer of member.own) {
      const standing = standingOf(answer, member);
      if (standing === undefined || standing === 0) continue;
      const label = standing === 1;
      const reason = whyNotLabelled(answer, label, member);
      const example = reason === undefined ? exampleOf(answer, messages, options) : undefined;
      if (example === undefined) {
        list.exclude(reason ?? 'bad_arguments');
        continue;
      }
      const row = {
        ...commonColumns(idOf(answer), answer, member),
        prompt: example.prompt as JsonValue,
        completion: [example.completion] as JsonValue,
        label,
        tools: toolsColumn(toolsOf(answer.asked), options),
      };
      list.add(rowOf(answer, row, member.state.version));
    }
  }
  return list.projection();
};

/** A bad example may be cut, lost or rejected; only an answer that says nothing at all teaches nothing. */
const whyNotLabelled = (answer: RecordedAnswer, label: boolean, { outcomes }: ReadMember): ExclusionReason | undefined => {
  if (label) return faultOf(answer, outcomes);
  return isNoAnswer(answer) ? 'error' : undefined;
};
