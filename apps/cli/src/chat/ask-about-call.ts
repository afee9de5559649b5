// Puts what a conversation waits for to the person, and gives their decision as the API takes it.

import type { WaitingFor } from '@turnlog/core';
import { printable } from '../view/printable.ts';
import { askForAnswers } from './ask-for-answers.ts';
import type { ChatInput } from './input/chat-input.ts';

export type Decision = Readonly<Record<string, unknown>> & { readonly decision: string };

export interface Questioner {
  readonly input: ChatInput;
  readonly signal: AbortSignal;
  /** The person wants this tool's calls approved from now on. */
  readonly remember: () => void;
}

/** Undefined where the input has ended. */
export const askAboutCall = (waiting: WaitingFor, questioner: Questioner): Promise<Decision | undefined> => {
  switch (waiting.kind) {
    case 'approval':
      return askForApproval(waiting, questioner);
    case 'unknown':
      return askWhatHappened(waiting, questioner);
    case 'elicitation':
      return askForAnswers(waiting, questioner);
  }
};

export const digestOf = ({ digest }: WaitingFor) => (digest === undefined ? {} : { digest });

/** The whole of the arguments, as they would be sent: what is approved must have been seen. */
const describeCall = ({ server, tool, arguments: raw }: WaitingFor): string => `${server} · ${tool} ${printable(raw)}`;

interface Choice {
  readonly key: string;
  readonly label: string;
  readonly choose: (rest: string) => Promise<Decision | undefined | 'again'>;
}

const askForApproval = (waiting: WaitingFor, { input, signal, remember }: Questioner): Promise<Decision | undefined> => {
  const approve = { decision: 'approve', ...digestOf(waiting) };
  const ask = (prompt: string, prefill?: string) =>
    input.ask(prompt, { isQuestion: true, signal, ...(prefill !== undefined && { prefill }) });
  const choices: Readonly<Record<string, Choice>> = {
    approve: { key: 'y', label: '[y]es', choose: async () => approve },
    reject: {
      key: 'n',
      label: '[n]o',
      choose: async (given) => {
        const reason = given || (await ask('    why? the model reads it (Enter: no reason) › '));
        return reason === undefined ? undefined : { decision: 'reject', ...(reason.trim() !== '' && { reason: reason.trim() }) };
      },
    },
    edit: {
      key: 'e',
      label: '[e]dit',
      choose: async (given) => {
        const edited = given || (await ask('    arguments › ', waiting.arguments));
        if (edited === undefined) return undefined;
        if (isJsonObject(edited)) return { decision: 'edit', arguments: edited, ...digestOf(waiting) };
        input.terminal.line(input.terminal.style('yellow', '    These are no arguments: they must be one JSON object.'));
        return 'again';
      },
    },
  };
  const always: Choice = {
    key: 'a',
    label: '[a]lways in this chat',
    choose: async () => {
      remember();
      return approve;
    },
  };
  const offered = Object.entries(choices).flatMap(([action, choice]) => (waiting.actions.includes(action) ? choice : []));
  if (waiting.actions.length === 1) input.terminal.line('    The tool is no longer offered: the call can only be refused.');
  return choose(
    `  ? ${describeCall(waiting)}`,
    waiting.actions.includes('approve') ? [...offered, always] : offered,
    input,
    signal,
  );
};

const askWhatHappened = (waiting: WaitingFor, { input, signal }: Questioner): Promise<Decision | undefined> =>
  choose(
    `  ? ${describeCall(waiting)}\n    was sent, and no answer came. It may have happened.`,
    [
      { key: 'r', label: '[r]etry it', choose: async () => ({ decision: 'retry' }) },
      {
        key: 's',
        label: '[s]ay what it returned',
        choose: async (given) => {
          const result = given || (await input.ask('    it returned › ', { isQuestion: true, signal }));
          if (result === undefined) return undefined;
          return result.trim() === '' ? 'again' : { decision: 'resolve', result };
        },
      },
      { key: 't', label: '[t]ell the model that it may have happened', choose: async () => ({ decision: 'tell' }) },
    ],
    input,
    signal,
  );

/** Asks until one of the choices was made. Words after the letter belong to it: `n that is private`. */
export const choose = async (
  question: string,
  choices: readonly Choice[],
  input: ChatInput,
  signal: AbortSignal,
): Promise<Decision | undefined> => {
  for (;;) {
    input.terminal.line(input.terminal.style('yellow', question));
    const line = await input.ask(`    ${choices.map(({ label }) => label).join('  ')} › `, { isQuestion: true, signal });
    if (line === undefined) return undefined;
    const [, key = '', rest = ''] = /^\s*([a-z]+)(?:\s+(.*))?$/is.exec(line) ?? [];
    const choice = choices.find((each) => key !== '' && isMeant(each, key.toLowerCase()));
    const decision = choice === undefined ? 'again' : await choice.choose(rest.trim());
    if (decision !== 'again') return decision;
  }
};

/** `y`, `yes`: the letter, or the word that its label makes of it. */
const isMeant = ({ key, label }: Choice, said: string): boolean =>
  said === key || label.replace(/[[\]]/g, '').split(' ')[0] === said;

const isJsonObject = (text: string): boolean => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};
