// `turnlog replay`: what any prefix of a conversation comes to, and whether it is what was recorded.

import {
  type ChatMessage,
  type EventStore,
  fold,
  type ProjectReport,
  projectConversation,
  type Recorded,
  type VerifyReport,
  verifyConversation,
} from '@turnlog/core';
import { beginSha256, sha256 } from '../compose/compose-engine.ts';
import { openDatabase } from '../compose/open-database.ts';
import { readSettings } from '../compose/read-settings.ts';
import type { Terminal } from '../view/terminal.ts';
import { performAgain } from './perform-again.ts';

export interface ReplayFlags {
  readonly at?: string;
  readonly mode: 'project' | 'verify' | 'cassette' | 'live';
  readonly model?: string;
  readonly config?: string;
  readonly json?: boolean;
}

export const replay = async (id: string, flags: ReplayFlags): Promise<void> => {
  const { at, mode, json } = flags;
  const version = at === undefined ? undefined : versionOf(at);
  if (mode === 'cassette' || mode === 'live') return performAgain(id, { ...flags, at: version, mode });
  const settings = readSettings({});
  const opened = await openDatabase({ ...settings, ...settings.environment });
  try {
    const events = await readPrefix(opened.database.store, id, version);
    const report =
      mode === 'verify' ? verifyConversation(id, events, { sha256, beginSha256 }) : projectConversation(id, fold(events));
    if (json) settings.terminal.line(JSON.stringify(report));
    else if (report.mode === 'verify') printVerified(settings.terminal, report);
    else printProjected(settings.terminal, report);
    if (report.mode === 'verify' && report.verdict === 'differs') process.exitCode = 1;
  } finally {
    await opened.close();
  }
};

const versionOf = (text: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new Error(`--at got ${JSON.stringify(text)}, takes a version: a whole number from 1 on.`);
  return Number(text);
};

const readPrefix = async (store: EventStore, id: string, at: number | undefined): Promise<readonly Recorded[]> => {
  const events = await store.read(id, at === undefined ? {} : { upTo: at });
  const last = events.at(-1)?.version;
  if (last === undefined) throw new Error(`There is no conversation ${id}.`);
  if (at !== undefined && last < at) throw new Error(`There is no version ${at}: the conversation is at version ${last}.`);
  return events;
};

const printProjected = (terminal: Terminal, { id, at, phase, model, messages, waitingFor = [] }: ProjectReport): void => {
  terminal.line(`${id} at version ${at}: ${phase}${model === '' ? '' : `, ${model}`}`);
  for (const message of messages) terminal.line(`${terminal.style('dim', `${message.role}:`)} ${textOf(message)}`);
  for (const { kind, tool, arguments: raw } of waitingFor) terminal.line(`waits for ${kind}: ${tool} ${raw}`);
  terminal.line('Replayed from the log. Nothing was executed.');
};

const textOf = (message: ChatMessage): string => {
  const calls = message.role === 'assistant' ? (message.tool_calls ?? []) : [];
  return [message.content ?? '', ...calls.map((call) => `→ ${call.function.name} ${call.function.arguments}`)]
    .filter((line) => line !== '')
    .join('\n');
};

const printVerified = (terminal: Terminal, { id, at, verdict, requests, difference }: VerifyReport): void => {
  const place = `${id}, versions 1 to ${at}`;
  if (difference !== undefined) terminal.line(`${place}: differs at version ${difference.version}. ${difference.message}`);
  else if (verdict === 'erased') terminal.line(`${place}: erased. There is nothing left to compare.`);
  else terminal.line(`${place}: verified. ${requests} model request${requests === 1 ? '' : 's'} rendered again, byte for byte.`);
  terminal.line('Nothing was executed.');
};
