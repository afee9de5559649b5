// Reads `config.json`: the MCP servers and models that conversations may use. They come from here and from flags only.

import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { McpServerConfig } from '@turnlog/worker';
import { ConfigurationError } from './configuration-error.ts';
import type { Environment } from './environment.ts';
import { parseJson } from './parse-json.ts';
import { readMcpServers } from './read-mcp-servers.ts';
import { type ConfiguredModel, readModels } from './read-models.ts';
import { isJsonObject, type Reading, warnOfUnknownKeys } from './reading.ts';

export interface Configuration {
  readonly servers: Readonly<Record<string, McpServerConfig>>;
  /** In the order of the file. */
  readonly models: Readonly<Record<string, ConfiguredModel>>;
  readonly warnings: readonly string[];
}

/** Reads the configuration file; every problem in it is in the one error. */
export function readConfiguration({ configFile, variables }: Pick<Environment, 'configFile' | 'variables'>): Configuration {
  const { path, isNamed } = configFile;
  const content = readText(path);
  if (content === undefined) {
    if (isNamed) throw new ConfigurationError(path, [{ path: '', message: 'there is no such file' }]);
    return { servers: {}, models: {}, warnings: [] };
  }
  return parseConfiguration(content, path, variables);
}

function parseConfiguration(content: string, path: string, variables: Environment['variables']): Configuration {
  const parsed = parseJson(content);
  if ('fault' in parsed) throw new ConfigurationError(path, [{ path: '', message: parsed.fault }]);
  const root = parsed.value;
  if (!isJsonObject(root)) throw new ConfigurationError(path, [{ path: '', message: 'it takes a JSON object' }]);
  const reading: Reading = { variables, folder: dirname(path), problems: [], warnings: [] };
  // `$schema` is an editor's, `inputs` another host's prompts.
  warnOfUnknownKeys(root, ['mcpServers', 'servers', 'models', '$schema', 'inputs'], '', reading);
  const servers = readMcpServers(root, reading);
  const models = readModels(root, reading);
  if (reading.problems.length > 0) throw new ConfigurationError(path, reading.problems);
  return { servers, models, warnings: reading.warnings };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new ConfigurationError(path, [{ path: '', message: `it cannot be read (${code ?? 'unknown error'})` }]);
  }
}
