// One row for every assistant step: what the model saw, and the one message that is trained.

import type { JsonValue, Projection, RowOptions } from './projection.ts';
import { type ReadFamily, whyNot } from './read-family.ts';
import type { RecordedAnswer } from './recorded-answers.ts';
import { commonColumns, createRowList, idOf, promptOf, rowOf, selectedOf } from './row-common.ts';
import { argumentsFor, assistantMessage, createMessageReader, type MessageReader, type RowMessage } from './row-message.ts';
import { toolsColumn, toolsOf } from './row-tools.ts';

export const projectSft = (family: ReadFamily, options: RowOptions): Projection => {
  const list = createRowList();
  for (const member of selectedOf(family)) {
    const messages = createMessageReader(member.state.truncate, argumentsFor(options));
    for (const answer of member.own) {
      const reason = whyNot(answer, member, options.includeSuperseded ? undefined : family.superseded);
      const example = reason === undefined ? exampleOf(answer, messages, options) : undefined;
      if (example === undefined) list.exclude(reason ?? 'bad_arguments');
      else list.add(rowOf(answer, { ...commonColumns(idOf(answer), answer, member), ...columnsOf(answer, example, options) }));
    }
  }
  return list.projection();
};

export interface Example {
  readonly prompt: readonly RowMessage[];
  readonly completion: RowMessage;
}

/** Undefined: its arguments, or those of a call before it, cannot be held. */
export const exampleOf = (answer: RecordedAnswer, messages: MessageReader, options: RowOptions): Example | undefined => {
  const prompt = promptOf(answer, messages, options.promptReasoning);
  const completion = assistantMessage(answer.executed, 'trained', argumentsFor(options));
  return prompt && completion && { prompt, completion };
};

const columnsOf = (answer: RecordedAnswer, { prompt, completion }: Example, options: RowOptions): Record<string, JsonValue> => ({
  prompt: prompt as JsonValue,
  completion: [completion] as JsonValue,
  tools: toolsColumn(toolsOf(answer.asked), options),
  chat_template_kwargs: { enable_thinking: completion.reasoning_content !== undefined },
});
