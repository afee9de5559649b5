// `mcpServers` as other MCP hosts write it, with our own keys beside theirs.

import { resolve } from 'node:path';
import { approvalSchema, unknownOutcomePolicySchema } from '@turnlog/core';
import type { McpServerConfig } from '@turnlog/worker';
import { z } from 'zod';
import { checkShape, expandAll, isJsonObject, type JsonObject, join, type Reading, warnOfUnknownKeys } from './reading.ts';

const words = (message: string) => z.array(z.string(message), message);
// Numbers and switches are strings to a process and to HTTP; people write them bare.
const text = z.union([z.string(), z.number(), z.boolean()], 'takes a string').transform(String);
const texts = z.record(z.string(), text, 'takes an object of strings').default({});
const positive = (message: string) => z.int(message).positive(message);

const policyShape = {
  scope: z.enum(['shared', 'conversation'], 'takes shared or conversation').default('shared'),
  trust: z.boolean('takes true or false').default(false),
  // Longer waits overflow the timer of Node, which then fires at once.
  timeoutMs: positive('takes a number of milliseconds').max(2_147_483_647, 'takes at most 2147483647').default(60_000),
  enabledTools: words('takes an array of tool names').optional(),
  disabledTools: words('takes an array of tool names').optional(),
  approval: z
    .union(approvalSchema.options, 'takes auto, ask, never or ask-if-destructive, or an object of these by tool name')
    .optional(),
  onUnknownOutcome: z.enum(unknownOutcomePolicySchema.options, 'takes ask, tell or retry').optional(),
  maxConcurrency: positive('takes a whole number from 1').optional(),
  sessionIdleMs: positive('takes a number of milliseconds').optional(),
  sessionLifetimeMs: positive('takes a number of milliseconds').optional(),
  maxSessions: positive('takes a whole number from 1').optional(),
};

const stdioSchema = z.object({
  type: z.literal('stdio').default('stdio'),
  command: z.string('takes a string').min(1, 'takes the program to start'),
  args: z.array(text, 'takes an array of strings').default([]),
  env: texts,
  cwd: z.string('takes the path of a folder').optional(),
  ...policyShape,
});

const remoteTypes = ['http', 'streamable-http', 'streamableHttp', 'sse'] as const;
const isHttpUrl = (value: string) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
const remoteSchema = z.object({
  type: z
    .enum(remoteTypes)
    .default('http')
    .transform((type) => (type === 'sse' ? 'sse' : 'http')),
  url: z.string('takes a string').refine(isHttpUrl, 'takes an http(s) URL'),
  headers: texts,
  ...policyShape,
});

const placeKeys = { stdio: ['command', 'args', 'env', 'cwd'], remote: ['url', 'headers'] } as const;
const ownKeys = ['type', 'disabled', 'enabled', ...Object.keys(policyShape)];
const serverName = /^[A-Za-z0-9_-]{1,64}$/;

/** Reads every server below `mcpServers` (or `servers`); what is wrong is noted in the reading. */
export function readMcpServers(root: JsonObject, reading: Reading): Record<string, McpServerConfig> {
  const { mcpServers, servers } = root;
  const path = mcpServers === undefined ? 'servers' : 'mcpServers';
  const section = mcpServers ?? servers;
  if (mcpServers !== undefined && servers !== undefined) {
    reading.problems.push({ path: 'servers', message: 'stands beside mcpServers; keep one of them' });
  }
  if (section === undefined) return {};
  if (!isJsonObject(section)) {
    reading.problems.push({ path, message: 'takes an object of servers by name' });
    return {};
  }
  const read = Object.entries(section).flatMap(([name, entry]): [string, McpServerConfig][] => {
    const config = readServer(name, entry, join(path, name), reading);
    return config === undefined ? [] : [[name, config]];
  });
  return Object.fromEntries(read);
}

function readServer(name: string, entry: unknown, path: string, reading: Reading): McpServerConfig | undefined {
  if (!serverName.test(name)) {
    reading.problems.push({ path, message: 'a server name takes 1 to 64 letters, digits, _ and -' });
  }
  if (!isJsonObject(entry)) {
    reading.problems.push({ path, message: 'takes an object with command, or with url' });
    return undefined;
  }
  if (entry.disabled === true || entry.enabled === false) {
    reading.warnings.push(`${path}: switched off, and left out`);
    return undefined;
  }
  const kind = kindOf(entry);
  if (typeof kind !== 'string') {
    reading.problems.push({ path, message: kind.fault });
    return undefined;
  }
  warnOfUnknownKeys(entry, [...placeKeys[kind], ...ownKeys], path, reading);
  const faults = reading.problems.length;
  const expanded = { ...entry };
  const variables: Record<string, string> = {};
  for (const key of placeKeys[kind]) {
    if (entry[key] !== undefined) expanded[key] = expandAll(entry[key], join(path, key), { ...reading, filledIn: variables });
  }
  // A text with an unset variable in it would be refused a second time, for a reason that misleads.
  if (reading.problems.length > faults) return undefined;
  const filledIn = Object.keys(variables).length > 0 && { variables };
  if (kind === 'remote') {
    const server = checkShape<McpServerConfig>(remoteSchema, expanded, path, reading);
    return server && { ...server, ...filledIn };
  }
  const server = checkShape(stdioSchema, expanded, path, reading);
  if (server === undefined) return undefined;
  const place = { command: programIn(reading.folder, server.command), cwd: resolve(reading.folder, server.cwd ?? '.') };
  return { ...server, ...place, ...filledIn };
}

function kindOf({ type, command, url }: JsonObject): 'stdio' | 'remote' | { readonly fault: string } {
  if (command !== undefined && url !== undefined) return { fault: 'has both command and url; keep one of them' };
  if (command === undefined && url === undefined) return { fault: 'needs command (a local program) or url (a remote server)' };
  const kind = command !== undefined ? 'stdio' : 'remote';
  const types: readonly unknown[] = kind === 'stdio' ? ['stdio'] : remoteTypes;
  if (type !== undefined && !types.includes(type)) {
    return { fault: `with ${kind === 'stdio' ? 'command' : 'url'}, type takes ${types.join(', ')}` };
  }
  return kind;
}

/** `./x` is a file beside the configuration; a bare word is looked up in PATH. */
const programIn = (folder: string, command: string): string =>
  /^\.{1,2}[/\\]/.test(command) ? resolve(folder, command) : command;
