// A server asks the person something in the middle of a call (an MCP elicitation): field by field, as its schema says.

import type { WaitingFor } from '@turnlog/core';
import { printable } from '../view/printable.ts';
import { choose, type Decision, digestOf, type Questioner } from './ask-about-call.ts';
import { type Field, fieldsOf, readField } from './elicited-fields.ts';

export const askForAnswers = (
  waiting: WaitingFor,
  { input, signal }: Omit<Questioner, 'remember'>,
): Promise<Decision | undefined> => {
  const { message, requestedSchema, url } = waiting;
  const fields = fieldsOf(requestedSchema);
  const question = [
    `  ? ${printable(waiting.server)} asks${message === undefined ? '' : `: ${printable(message)}`}`,
    ...(url === undefined ? [] : [`    ${printable(url)}`]),
  ].join('\n');
  const accept = async (): Promise<Decision | undefined> => {
    const content: Record<string, unknown> = {};
    for (const field of fields) {
      const answer = await askForField(field, { input, signal });
      if (answer === undefined) return undefined;
      if (answer.value !== undefined) content[field.name] = answer.value;
    }
    return { decision: 'accept', ...(fields.length > 0 && { content }), ...digestOf(waiting) };
  };
  return choose(
    question,
    [
      { key: 'a', label: fields.length > 0 ? '[a]nswer' : '[a]ccept', choose: accept },
      { key: 'd', label: '[d]ecline', choose: async () => ({ decision: 'decline', ...digestOf(waiting) }) },
      { key: 'x', label: 'e[x]it the question', choose: async () => ({ decision: 'dismiss', ...digestOf(waiting) }) },
    ],
    input,
    signal,
  );
};

const askForField = async (
  field: Field,
  { input, signal }: Pick<Questioner, 'input' | 'signal'>,
): Promise<{ readonly value: unknown } | undefined> => {
  for (;;) {
    const line = await input.ask(`    ${printable(field.prompt)} › `, { isQuestion: true, signal });
    if (line === undefined) return undefined;
    const read = readField(field, line.trim());
    if ('value' in read) return read;
    input.terminal.line(input.terminal.style('yellow', `    ${read.problem}`));
  }
};
