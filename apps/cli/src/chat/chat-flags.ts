// What the chat's flags mean together: the settings of a new conversation, and what cannot be meant.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CalledWrongly } from '../called-wrongly.ts';

export interface ChatFlags {
  readonly config?: string;
  readonly model?: string;
  readonly baseUrl?: string;
  readonly apiKey?: string;
  readonly showReasoning: boolean;
  readonly traceDir: string;
  readonly systemPrompt?: boolean;
  readonly systemPromptFile?: string;
  readonly systemPromptText?: string;
  readonly truncate?: string;
  readonly approval: string;
  readonly server?: string;
}

const defaultPromptFile = 'system_prompt.txt';

/** The body of `POST /conversations`, without its first input. */
export const conversationSettings = async (flags: ChatFlags, folder: string): Promise<Record<string, unknown>> => {
  const systemPrompt = await systemPromptOf(flags, folder);
  const truncate = truncateOf(flags.truncate);
  return {
    approval: flags.approval,
    tags: ['chat'],
    ...(flags.model !== undefined && { model: flags.model }),
    ...(systemPrompt !== undefined && { systemPrompt }),
    ...(truncate !== undefined && { truncate }),
  };
};

const systemPromptOf = async (flags: ChatFlags, folder: string): Promise<string | undefined> => {
  const { systemPrompt, systemPromptFile, systemPromptText } = flags;
  const hasFile = systemPrompt === true || systemPromptFile !== undefined;
  if (systemPromptText !== undefined && hasFile)
    throw new CalledWrongly(
      'Give the system prompt once: --system-prompt-text, or a file with --system-prompt or --system-prompt-file.',
    );
  if (!hasFile) return systemPromptText || undefined;
  const path = resolve(folder, systemPromptFile ?? defaultPromptFile);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CalledWrongly(
      `${path} cannot be read (${error.code}). It is the system prompt; --system-prompt-file names another file, --system-prompt-text gives it directly.`,
    );
  });
  if (text.trim() === '') throw new CalledWrongly(`${path} is empty, and it is meant as the system prompt.`);
  return text;
};

const truncateOf = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new CalledWrongly(
      `--truncate got ${JSON.stringify(text)}, takes a whole number of characters of a tool result, such as 4000.`,
    );
  return Number(text);
};

/** An engine that runs elsewhere has models and servers of its own. */
export const checkServerFlags = ({
  server,
  config,
  baseUrl,
  apiKey,
}: Pick<ChatFlags, 'server' | 'config' | 'baseUrl' | 'apiKey'>): void => {
  if (server === undefined) return;
  const [unfit] =
    Object.entries({ '--config': config, '--base-url': baseUrl, '--api-key': apiKey }).find(([, value]) => value) ?? [];
  if (unfit !== undefined)
    throw new CalledWrongly(
      `${unfit} has no meaning with --server: models and MCP servers are those of the engine at ${server}.`,
    );
  if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol))
    throw new CalledWrongly('--server takes the URL of a running engine, such as http://127.0.0.1:3210 (npm start prints it).');
};
