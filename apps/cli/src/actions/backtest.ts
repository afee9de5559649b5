// `turnlog backtest`: what a model answers today at a recorded step, beside what was answered then.

import { resolve } from 'node:path';
import { type AnswerComparison, type ComparedAnswer, compareAnswers } from '@turnlog/core';
import { createOpenAiModelClient } from '@turnlog/worker';
import type { BacktestFlags } from '../backtest/backtest-flags.ts';
import { type FoundStep, lastStepOf, lastStepOfFolder, lastStepOfLog } from '../backtest/newest-trace.ts';
import { CalledWrongly } from '../called-wrongly.ts';
import { openDatabase } from '../compose/open-database.ts';
import { readSettings, type Settings } from '../compose/read-settings.ts';
import { sideBySide } from '../view/side-by-side.ts';
import type { Terminal } from '../view/terminal.ts';
import { backtestRate } from './backtest-rate.ts';
import { backtestSet } from './backtest-set.ts';

export type { BacktestFlags } from '../backtest/backtest-flags.ts';

export const backtest = async (flags: BacktestFlags): Promise<void> => {
  if (flags.rate !== undefined) return backtestRate(flags.rate, flags);
  if (flags.last) return backtestLast(flags);
  if (flags.traceDir !== undefined)
    throw new CalledWrongly(
      '--trace-dir needs --last. A set is asked of the log: npm run import-traces -- DIR brings trace files into it.',
    );
  return backtestSet(flags);
};

const backtestLast = async (flags: BacktestFlags): Promise<void> => {
  const settings = readSettings(flags);
  const model = settings.models.resolve(flags.model);
  if (model === undefined) throw new Error(`There is no model ${JSON.stringify(flags.model)} in the configuration.`);
  const { source, step } = await findStep(settings, flags);
  const fresh = await ask(settings, step.request(model), model);
  const comparison = compareAnswers(step.original, fresh, step.tools);
  const report = { source, version: step.version, recordedModel: step.model, model: model.name, comparison };
  if (flags.json) settings.terminal.line(JSON.stringify({ ...report, original: step.original, new: fresh }));
  else print(settings.terminal, report, step.original, fresh);
};

const findStep = async (settings: Settings, { id: ids, traceDir }: BacktestFlags): Promise<FoundStep> => {
  const id = ids?.[0];
  const { environment, models } = settings;
  const model = models.resolve();
  const folder = resolve(environment.folder, traceDir ?? 'traces');
  const inFolder = id === undefined && model !== undefined ? await lastStepOfFolder(folder, model) : undefined;
  if (inFolder !== undefined) return inFolder;
  if (traceDir !== undefined) throw new Error(`${folder} holds no trace file. \`npm run chat\` and \`npm run demo\` write them.`);
  const opened = await openDatabase({ ...settings, ...environment });
  try {
    const found = id === undefined ? await lastStepOfLog(opened.database) : await lastStepOf(id, opened.database);
    if (found === undefined) throw new Error(`Neither ${folder} nor the log holds a conversation yet. Start with: npm run chat`);
    return found;
  } finally {
    await opened.close();
  }
};

const ask = async (
  { models, secrets, errors }: Settings,
  body: string,
  { name, profile }: NonNullable<ReturnType<Settings['models']['resolve']>>,
): Promise<ComparedAnswer> => {
  errors.line(`Asking ${name} …`);
  const client = createOpenAiModelClient({ endpoint: models.endpointOf, secrets });
  const signal = new AbortController().signal;
  const outcome = await client.call({ model: name, body, splitThink: profile.splitThink }, signal, () => {});
  if (outcome.type === 'failed') throw new Error(`The model did not answer: ${outcome.failure.message}`);
  const { content, reasoning, toolCalls } = outcome.message;
  return {
    content: content ?? '',
    ...(reasoning !== undefined && { reasoning }),
    calls: toolCalls.map((call) => ({ name: call.name, arguments: call.arguments })),
  };
};

interface Report {
  readonly source: string;
  readonly version: number;
  readonly recordedModel: string;
  readonly model: string;
  readonly comparison: AnswerComparison;
}

const print = (terminal: Terminal, report: Report, original: ComparedAnswer, fresh: ComparedAnswer): void => {
  const { source, recordedModel, model, comparison } = report;
  terminal.line(`The last step of ${source}`);
  terminal.line();
  const left = { title: `recorded: ${recordedModel}`, text: answerText(original) };
  const right = { title: `new: ${model}`, text: answerText(fresh) };
  for (const line of sideBySide(left, right, terminal.columns)) terminal.line(line);
  terminal.line();
  for (const [what, verdict, isGood] of verdicts(comparison))
    terminal.line(`${what.padEnd(11)}${terminal.style(isGood ? 'green' : 'yellow', verdict)}`);
};

const answerText = ({ content, reasoning, calls }: ComparedAnswer): string =>
  [
    ...(reasoning === undefined ? [] : [`(thinks) ${reasoning.trim()}`]),
    ...(content.trim() === '' ? [] : [content.trim()]),
    ...calls.map(({ name, arguments: raw }) => `→ ${name} ${raw}`),
  ].join('\n');

const verdicts = (comparison: AnswerComparison): readonly (readonly [string, string, boolean])[] => {
  const { tools, content, similarity, reasoning, isValid, agrees } = comparison;
  const words = content === 'same' ? 'same' : `different (${Math.round(similarity * 100)} % of the words are shared)`;
  return [
    ['tools', tools, tools === 'same'],
    ...(comparison.arguments === undefined
      ? []
      : [['arguments', comparison.arguments, comparison.arguments === 'same'] as const]),
    ...(isValid === undefined
      ? []
      : [['calls', isValid ? 'valid' : 'not valid: unknown tool or no JSON object', isValid] as const]),
    ['content', words, content === 'same' || agrees],
    ['reasoning', reasoning, reasoning === 'both' || reasoning === 'neither'],
    ['agreement', agrees ? 'yes' : 'no', agrees],
  ];
};
