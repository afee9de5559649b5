// The flags by which a command chooses conversations and says what their rows are like.

import type { Phase } from '@turnlog/core';
import type { Format } from '@turnlog/datasets';
import { type Command, Option } from 'commander';

export interface FilterFlags {
  readonly id?: readonly string[];
  readonly tag?: readonly string[];
  readonly model?: readonly string[];
  readonly rating?: string;
  readonly since?: string;
  readonly until?: string;
  readonly q?: string;
  readonly phase?: Phase;
  readonly serverName?: readonly string[];
  readonly minTurns?: string;
  readonly maxTurns?: string;
  readonly minUsage?: string;
  readonly maxUsage?: string;
  readonly errors?: boolean;
  readonly text?: string;
}

export interface RowFlags {
  readonly promptReasoning?: 'as-sent' | 'all' | 'none';
  readonly includeSuperseded?: boolean;
  readonly compat?: 'strings';
  readonly onSecret?: 'redact' | 'exclude';
  readonly keepDuplicates?: boolean;
  readonly test?: string;
  readonly seed?: string;
  readonly shards?: string;
  readonly maxTokens?: string;
  readonly tokenizer?: string;
}

/** `modelFlag`: where `--model` names something else. */
export const addFilterFlags = (command: Command, modelFlag = '--model'): Command =>
  command
    .option('--id <id...>', 'only these conversations')
    .option('--tag <tag...>', 'only conversations with one of these tags')
    .option(`${modelFlag} <name...>`, 'only conversations with one of these models')
    .addOption(new Option('--rating <n>', 'only conversations with this rating').choices(['-1', '0', '1']))
    .option('--since <time>', 'only conversations created at or after this ISO time')
    .option('--until <time>', 'only conversations created before this ISO time')
    .option('--q <text>', 'only conversations whose title holds this text')
    .addOption(
      new Option('--phase <phase>', 'only conversations in this phase').choices(['idle', 'running', 'waiting', 'paused']),
    )
    .option('--server-name <name...>', 'only conversations with one of these MCP servers')
    .option('--min-turns <n>', 'only conversations of so many turns or more')
    .option('--max-turns <n>', 'only conversations of so many turns or fewer')
    .option('--min-usage <n>', 'only conversations whose model calls took so many tokens or more, together')
    .option('--max-usage <n>', 'only conversations whose model calls took so many tokens or fewer, together')
    .option('--no-errors', 'only conversations in which nothing has failed')
    .option('--text <text>', 'only conversations of which a message holds this text');

export const addRowFlags = (command: Command): Command =>
  command
    .addOption(
      new Option('--prompt-reasoning <where>', 'where prompts carry reasoning')
        .choices(['as-sent', 'all', 'none'])
        .default('as-sent'),
    )
    .option('--include-superseded', 'keep steps after a point that was left by /back, /edit, /retry or rollback')
    .addOption(new Option('--compat <how>', 'tools and arguments as JSON text, for old readers').choices(['strings']))
    .addOption(
      new Option('--on-secret <what>', 'rows with a secret: with placeholders, or left out')
        .choices(['redact', 'exclude'])
        .default('redact'),
    )
    .option('--keep-duplicates', 'keep rows that train the same as another one')
    .option('--test <share>', 'share of the conversations that go to the test split, such as 0.1')
    .option('--seed <text>', 'deals conversations to the splits in another way')
    .option('--shards <n>', 'files in each split; more of them make smaller changes')
    .option('--max-tokens <n>', 'leave out rows of more tokens; needs --tokenizer')
    .option('--tokenizer <dir-or-repo>', tokenizerHelp);

export const tokenizerHelp =
  "the model's own tokenizer and chat template: a folder with tokenizer.json, or owner/name on the Hub (HF_ENDPOINT, HF_TOKEN)";

// Listed here so that `--help` does not load what builds datasets; the type says that none is missing.
const every: Readonly<Record<Format, true>> = {
  trace: true,
  hf: true,
  sft: true,
  openai: true,
  sharegpt: true,
  sts: true,
  dpo: true,
  kto: true,
  rl: true,
  atif: true,
};
export const formatChoices = Object.keys(every) as readonly Format[];
