import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { type Configuration, readConfiguration } from '../config-file.ts';
import { ConfigurationError, type ConfigurationProblem } from '../configuration-error.ts';

export const secret = 'hunter2-hunter2';
const variables = { TOKEN: secret, EMPTY: '', HOST: 'tools.example', NESTED: '${TOKEN}' };

export const folder = mkdtempSync(join(tmpdir(), 'turnlog-configuration-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export const readFileAt = (path: string, isNamed: boolean): Configuration =>
  readConfiguration({ configFile: { path, isNamed }, variables });

export const readText = (text: string): Configuration => {
  const path = join(folder, 'config.json');
  writeFileSync(path, text);
  return readFileAt(path, false);
};

export const read = (content: unknown): Configuration => readText(JSON.stringify(content));

/** What is refused, after checking that no message quotes the secret. */
export const problemsOf = (text: string): readonly ConfigurationProblem[] => {
  try {
    readText(text);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).not.toContain('hunter2');
    return (error as ConfigurationError).problems;
  }
  throw new Error('nothing was refused');
};

export const serverProblem = (server: unknown): string => {
  const [problem] = problemsOf(JSON.stringify({ mcpServers: { s: server } }));
  return `${problem?.path}: ${problem?.message}`;
};
