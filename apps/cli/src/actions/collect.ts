// `turnlog collect`: many conversations from a file of prompts, by an engine in this process or one that runs elsewhere.

import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BatchItem, BatchView } from '@turnlog/core';
import { CalledWrongly } from '../called-wrongly.ts';
import { checkServerFlags } from '../chat/chat-flags.ts';
import { type ChatEngine, joinEngine, startEngine } from '../chat/open-engine.ts';
import type { TurnlogClient } from '../client/turnlog-client.ts';
import { batchBody, budgetOf, type CollectFlags, keyOf, namesIn, wholeNumber } from '../collect/collect-flags.ts';
import { commandName, gradeByCommand } from '../collect/grade-by-command.ts';
import { readGraders } from '../collect/grader-specs.ts';
import { type Prompt, readPrompts } from '../collect/read-prompts.ts';
import { type CommandRewards, summaryLines } from '../collect/summary-lines.ts';
import { readSettings, type Settings } from '../compose/read-settings.ts';
import { createProgress } from '../view/progress.ts';
import { listenForInterruption } from './until-interrupted.ts';

export type { CollectFlags } from '../collect/collect-flags.ts';

const pollMs = 500;
/** Programs at once. */
const gradedAtOnce = 4;
/** Steps at once beside the conversations in flight: parallel calls. */
const spareSteps = 8;
const defaultInFlight = 8;

interface Collection {
  readonly prompts: readonly Prompt[];
  readonly commands: readonly string[];
  readonly timeoutMs: number;
  /** Finds or begins the batch; gives its id. */
  readonly open: (client: TurnlogClient) => Promise<string>;
}

export const collect = async (flags: CollectFlags): Promise<void> => {
  checkServerFlags(flags);
  const [model, ...otherModels] = namesIn(flags.models) ?? [];
  const { concurrency: _, ...settingFlags } = flags;
  const settings = readSettings({ ...settingFlags, ...(model !== undefined && { model }), otherModels });
  const collection = await readCollection(flags, settings.environment.folder);
  if (flags.server === undefined) checkEndpoints(settings, model === undefined ? [] : [model, ...otherModels]);
  // What a person needs of it is counted in the summary.
  if (settings.environment.variables.LOG_LEVEL === undefined) settings.log.level = 'fatal';
  const { signal } = listenForInterruption();
  const inFlight = flags.concurrency === undefined ? defaultInFlight : wholeNumber('--concurrency', flags.concurrency);
  const engine =
    flags.server === undefined
      ? await startEngine(settings, signal, inFlight + spareSteps)
      : await joinEngine(flags.server, settings.environment.token, model);
  let id: string | undefined;
  try {
    id = await collection.open(engine.client);
    const batch = await untilOver(engine, id, settings, signal);
    const byCommands = await gradeAll(engine.client, batch, collection, settings, signal);
    report(settings, flags, batch, byCommands);
  } catch (error) {
    if (signal.aborted && id !== undefined) settings.errors.line(leftInWords(id, flags.server));
    throw signal.aborted ? signal.reason : error;
  } finally {
    await engine.close();
  }
};

const readCollection = async (flags: CollectFlags, folder: string): Promise<Collection> => {
  const timeoutMs = wholeNumber('--grader-timeout', flags.graderTimeout) * 1_000;
  const typed = await readGraders(flags.grader ?? [], folder);
  const prompts = flags.prompts === undefined ? [] : await readPrompts(resolve(folder, flags.prompts), folder);
  const { resume } = flags;
  const budget = budgetOf(flags);
  const goOn = async (client: TurnlogClient, id: string) => {
    if (budget !== undefined) await client.resumeBatch(id, { budget });
    return id;
  };
  if (resume !== undefined) return { prompts, commands: typed.commands, timeoutMs, open: (client) => goOn(client, resume) };
  if (prompts.length === 0) throw new CalledWrongly('--prompts names a file of prompts; --resume ID goes on with a batch.');
  const body = await batchBody(flags, prompts, typed, folder);
  const key = flags.again ? `collect-${randomUUID()}` : keyOf(body);
  const begin = async (client: TurnlogClient) => (await client.createBatch(body, key)).id;
  return { prompts, commands: typed.commands, timeoutMs, open: begin };
};

const checkEndpoints = ({ models }: Settings, names: readonly string[]): void => {
  for (const name of names.length === 0 ? [models.defaultName] : names)
    if (models.endpointOf(name) === undefined)
      throw new CalledWrongly(
        `No endpoint for the model ${name}. Set OPENAI_API_KEY, or name a server: --base-url http://127.0.0.1:8000/v1`,
      );
};

const isOver = ({ phase }: BatchView): boolean => phase !== 'queued' && phase !== 'running';

const untilOver = async ({ client }: ChatEngine, id: string, settings: Settings, signal: AbortSignal): Promise<BatchView> => {
  const progress = createProgress(settings.errors, 'conversations');
  try {
    for (;;) {
      const batch = await client.batch(id);
      progress.update(batch.ended, batch.size);
      if (isOver(batch)) return batch;
      await delay(pollMs, undefined, { signal });
    }
  } finally {
    progress.end();
  }
};

/** The operator's own programs, each once for every conversation that was completed. */
const gradeAll = async (
  client: TurnlogClient,
  { id: batch }: BatchView,
  { prompts, commands, timeoutMs }: Collection,
  { environment, errors }: Settings,
  signal: AbortSignal,
): Promise<readonly CommandRewards[]> => {
  if (commands.length === 0) return [];
  const items = (await allItems(client, batch)).filter(({ outcome }) => outcome === 'completed');
  const results: CommandRewards[] = [];
  for (const command of commands) {
    const progress = createProgress(errors, 'graded');
    const rewards: number[] = [];
    const failed: Record<string, number> = {};
    let done = 0;
    const left = items.values();
    const gradeNext = async (): Promise<void> => {
      for (const item of left) {
        signal.throwIfAborted();
        try {
          const grading = { batch, command, timeoutMs, client, prompts, folder: environment.folder, signal };
          const reward = await gradeByCommand(grading, item);
          if (reward !== undefined) rewards.push(reward);
        } catch (error) {
          signal.throwIfAborted();
          const reason = error instanceof Error ? error.message : String(error);
          failed[reason] = (failed[reason] ?? 0) + 1;
        }
        done += 1;
        progress.update(done, items.length);
      }
    };
    await Promise.all(Array.from({ length: gradedAtOnce }, gradeNext)).finally(progress.end);
    const mean = rewards.length === 0 ? undefined : rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
    results.push({ grader: commandName(command), graded: rewards.length, mean, failed });
  }
  return results;
};

const allItems = async (client: TurnlogClient, id: string): Promise<readonly BatchItem[]> => {
  const items: BatchItem[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.batchConversations(id, cursor);
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return items;
};

const report = (
  { terminal }: Settings,
  { json }: CollectFlags,
  batch: BatchView,
  byCommands: readonly CommandRewards[],
): void => {
  const isGraded = byCommands.every(({ failed }) => Object.keys(failed).length === 0);
  if ((batch.phase !== 'completed' && batch.phase !== 'paused') || !isGraded) process.exitCode = 1;
  if (json) terminal.line(JSON.stringify({ ...batch, commands: byCommands }));
  else for (const line of summaryLines(batch, byCommands)) terminal.line(line);
};

const leftInWords = (id: string, server: string | undefined): string =>
  server === undefined
    ? `Stopped. Nothing is lost: the same command goes on with batch ${id}, and so do --resume ${id} and npm start.`
    : `Left. Batch ${id} goes on at ${server}; the same command, or --resume ${id}, shows it again.`;
