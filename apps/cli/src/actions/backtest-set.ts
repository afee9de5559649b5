// `turnlog backtest` over a set: every recorded step is put to one model or several, and what they did is scored.

import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { AboutBacktest, BacktestItem, BacktestProgress, BacktestRequest, BulkWork } from '@turnlog/core';
import { replaceFile } from '@turnlog/datasets';
import type { Database } from '@turnlog/db';
import { type BacktestFlags, backtestBudgetOf } from '../backtest/backtest-flags.ts';
import { disagreementsIn, reportLines, reportOf } from '../backtest/backtest-report.ts';
import { chooseSteps } from '../backtest/choose-steps.ts';
import { CalledWrongly } from '../called-wrongly.ts';
import { namesIn, wholeNumber } from '../collect/collect-flags.ts';
import { endpointHash, startBacktests } from '../compose/compose-backtest.ts';
import { sha256 } from '../compose/compose-engine.ts';
import { openDatabase } from '../compose/open-database.ts';
import { readSettings, type Settings } from '../compose/read-settings.ts';
import { queueBackend } from '../compose/start-turnlog.ts';
import { createProgress } from '../view/progress.ts';
import { listenForInterruption } from './until-interrupted.ts';

const pollMs = 300;
const defaultConcurrency = 4;
const pageSize = 1_000;

export const backtestSet = async (flags: BacktestFlags): Promise<void> => {
  const [model, ...otherModels] = namesIn(flags.model) ?? [];
  const { concurrency: _, ...settingFlags } = flags;
  const settings = readSettings({ ...settingFlags, ...(model !== undefined && { model }), otherModels });
  const models = modelsOf(settings, model === undefined ? [settings.models.defaultName] : [model, ...otherModels]);
  if (settings.environment.variables.LOG_LEVEL === undefined) settings.log.level = 'fatal';
  const { signal } = listenForInterruption();
  const opened = await openDatabase({ ...settings, ...settings.environment, signal });
  const { database } = opened;
  try {
    const id = await openBacktest(database, flags, models);
    const work = await untilOver(id, { ...settings, database, url: opened.url }, signal);
    await report(database, work, flags, settings);
  } finally {
    await opened.close();
  }
};

const modelsOf = ({ models }: Settings, names: readonly string[]): BacktestRequest['models'] =>
  [...new Set(names)].map((name) => {
    const settings = models.resolve(name);
    const endpoint = endpointHash(models, name);
    if (settings === undefined || endpoint === undefined)
      throw new CalledWrongly(
        `No endpoint for the model ${name}. Set OPENAI_API_KEY, or name a server: --base-url http://127.0.0.1:8000/v1`,
      );
    return { settings, endpoint };
  });

/** The same question that was not answered to its end is gone on with. */
const openBacktest = async (database: Database, flags: BacktestFlags, models: BacktestRequest['models']): Promise<string> => {
  const { bulk } = database;
  const budget = backtestBudgetOf(flags);
  if (flags.resume !== undefined) {
    const found = await bulk.steer('backtest', flags.resume, { ...(budget && { budget }) });
    if (found === undefined) throw new Error(`There is no backtest ${flags.resume}.`);
    return found.id;
  }
  const { json: _, out: __, concurrency = String(defaultConcurrency), ...asked } = flags;
  const key = sha256(JSON.stringify([asked, models.map(({ settings, endpoint }) => [settings.name, endpoint])]));
  const { items } = await bulk.list('backtest', { limit: 50 });
  const open = items.find(({ phase, about }) => (phase === 'queued' || phase === 'running') && keyIn(about) === key);
  if (open !== undefined) return open.id;
  const conversations = await chooseSteps(database, flags);
  if (conversations.length === 0)
    throw new Error('No conversation of the log matches these filters: there is nothing to ask again.');
  const id = randomUUID();
  const names = models.map(({ settings }) => settings.name);
  const about: AboutBacktest = { conversations: conversations.length, models: names, ...(budget && { budget }) };
  const request: BacktestRequest = {
    conversations,
    models,
    ...(budget && { budget }),
    concurrency: wholeNumber('--concurrency', concurrency),
  };
  await bulk.create({ id, kind: 'backtest', fingerprint: key, about: { ...about, key }, request });
  return id;
};

const keyIn = (about: unknown): unknown => (about as { readonly key?: unknown }).key;

const untilOver = async (
  id: string,
  settings: Settings & { readonly database: Database; readonly url: string },
  signal: AbortSignal,
): Promise<BulkWork> => {
  const { database, environment, errors } = settings;
  const progress = createProgress(errors, 'conversations');
  const backtests = await startBacktests({ ...settings, backend: await queueBackend(environment.redisUrl, settings) });
  try {
    await backtests.wake(id);
    for (;;) {
      const work = await database.bulk.find('backtest', id);
      if (work === undefined) throw new Error(`There is no backtest ${id}.`);
      progress.update((work.progress as BacktestProgress | undefined)?.next ?? 0, (work.about as AboutBacktest).conversations);
      if (work.phase === 'failed') throw new Error(`The backtest has failed: ${work.failure}`);
      if (work.phase !== 'queued' && work.phase !== 'running') return work;
      await delay(pollMs, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    progress.end();
    errors.line(`Stopped. The answers so far are kept: the same command goes on, and so does --resume ${id}.`);
    throw signal.reason;
  } finally {
    progress.end();
    await backtests.stop();
  }
};

const report = async (database: Database, work: BulkWork, flags: BacktestFlags, settings: Settings): Promise<void> => {
  const { environment, terminal } = settings;
  const items = await allItems(database, work.id);
  const found = reportOf(work, items);
  const folder = join(resolve(environment.folder, flags.out ?? 'backtests'), work.id);
  const paths = { report: join(folder, 'report.json'), queue: join(folder, 'disagreements.jsonl') };
  await mkdir(folder, { recursive: true });
  await replaceFile(paths.report, `${JSON.stringify(found, null, 2)}\n`);
  await replaceFile(
    paths.queue,
    disagreementsIn(items)
      .map((line) => `${JSON.stringify(line)}\n`)
      .join(''),
  );
  if (flags.json) terminal.line(JSON.stringify({ ...found, files: paths }));
  else for (const line of reportLines(found, paths)) terminal.line(line);
  if (work.phase === 'paused' && !flags.json)
    terminal.line(
      `Its budget is spent. Go on with more: npm run backtest -- --resume ${work.id} --model ${found.scores.map(({ model }) => model).join(',')} --max-calls …`,
    );
};

const allItems = async ({ bulk }: Database, id: string): Promise<readonly BacktestItem[]> => {
  const items: BacktestItem[] = [];
  for (let after = ''; ; ) {
    const page = await bulk.items(id, { after, limit: pageSize });
    items.push(...page.map(({ result }) => result as BacktestItem));
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return items;
    after = last.item;
  }
};
