// From a trace that was read to the command that imports it, and to the id under which it is imported.

import { createHash } from 'node:crypto';
import { type Command, defaultLimits, type ModelSettings, type Tool } from '@turnlog/core';
import type { ImportedTool, ReadTrace } from './read-trace.ts';

type ImportConversation = Extract<Command, { type: 'ImportConversation' }>;

export interface ImportSettings {
  readonly model: ModelSettings;
  /** The servers that may perform calls when the conversation goes on. */
  readonly servers: readonly string[];
  readonly tags: readonly string[];
  /** The file's own name, without its folder. */
  readonly file: string;
}

export const importCommand = (trace: ReadTrace, { model, servers, tags, file }: ImportSettings): ImportConversation => ({
  type: 'ImportConversation',
  settings: {
    model,
    ...(trace.systemPrompt !== undefined && { systemPrompt: trace.systemPrompt }),
    servers: [...servers],
    limits: { ...defaultLimits },
    metadata: { importedFrom: file },
    tags: [...tags],
  },
  tools: trace.tools.map(importedTool),
  messages: trace.messages,
});

/** What stands in for a server's name: no server of this installation offered the tool. */
const importedServer = 'imported';

const importedTool = ({ name, description, parameters }: ImportedTool): Tool => ({
  name,
  server: importedServer,
  tool: name,
  ...(description !== undefined && { description }),
  inputSchema: { ...parameters },
  trusted: false,
  digest: sha256(JSON.stringify([importedServer, name, description, parameters])),
});

/**
 * The same content has the same id wherever the file lies and however it is formatted, so importing it again finds it.
 * A UUID of version 8: its bits are a sha256's.
 */
export const importedId = ({ model, createdAt, systemPrompt, messages, tools }: ReadTrace): string => {
  const digest = sha256(JSON.stringify(['turnlog import 1', model, createdAt, systemPrompt, messages, tools]));
  const variant = ((Number.parseInt(digest.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `${variant}${digest.slice(18, 20)}`,
    digest.slice(20, 32),
  ].join('-');
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
