// What every command reads before it does anything: environment, configuration file, models, and where to speak.

import { createSecretHider } from '@turnlog/core';
import { type DestinationStream, type Logger, pino } from 'pino';
import { type Configuration, readConfiguration } from '../configuration/config-file.ts';
import { configFileIn, type Environment, readEnvironment } from '../configuration/environment.ts';
import { createModelDirectory, type ModelDirectory } from '../configuration/models.ts';
import { secretsOf } from '../configuration/secrets-of.ts';
import { createTerminal, type Terminal } from '../view/terminal.ts';

export interface SettingsFlags {
  readonly config?: string;
  readonly host?: string;
  readonly port?: string;
  readonly concurrency?: string;
  readonly model?: string;
  readonly otherModels?: readonly string[];
  readonly baseUrl?: string;
  readonly apiKey?: string;
}

export interface Settings {
  readonly environment: Environment;
  readonly configuration: Configuration;
  readonly models: ModelDirectory;
  readonly secrets: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly concurrency: number | undefined;
  readonly log: Logger;
  /** Results go to `terminal` (stdout); progress and warnings to `errors` (stderr). */
  readonly terminal: Terminal;
  readonly errors: Terminal;
  readonly say: (message: string) => void;
}

export const readSettings = (flags: SettingsFlags): Settings => {
  const environment = readEnvironment();
  const configFile = flags.config === undefined ? environment.configFile : configFileIn(environment.folder, flags.config);
  const configuration = readConfiguration({ configFile, variables: environment.variables });
  const terminal = createTerminal(process.stdout, environment.variables);
  const errors = createTerminal(process.stderr, environment.variables);
  for (const warning of configuration.warnings) errors.line(`${errors.style('yellow', 'Warning:')} ${warning}`);
  const secrets = secretsOf(environment, configuration, flags);
  return {
    environment,
    configuration,
    models: createModelDirectory(configuration, environment, flags),
    secrets,
    host: flags.host ?? environment.host,
    port: flags.port === undefined ? environment.port : wholeNumber('--port', flags.port, 0, 65_535),
    concurrency:
      flags.concurrency === undefined ? environment.concurrency : wholeNumber('--concurrency', flags.concurrency, 1, 10_000),
    log: pino({ level: environment.logLevel, serializers: { err: shortError } }, withoutSecrets(secrets)),
    terminal,
    errors,
    say: terminal.line,
  };
};

/** The last net below those who write messages: a line of the log may quote anything that went wrong. */
const withoutSecrets = (secrets: readonly string[]): DestinationStream => {
  const hide = createSecretHider(secrets);
  const stderr = pino.destination({ fd: 2, sync: true });
  return { write: (line) => void stderr.write(hide.text(line)) };
};

/** What a person needs of an error. A driver's error also carries its whole connection, cancel key included. */
const shortError = (error: unknown): unknown => {
  if (!(error instanceof Error)) return error;
  const { name, message, code } = error as NodeJS.ErrnoException;
  const at = error.stack
    ?.split('\n')
    .find((line) => line.startsWith('    at '))
    ?.trim();
  return { name, message, ...(code !== undefined && { code }), ...(at !== undefined && { at }) };
};

const wholeNumber = (flag: string, text: string, least: number, most: number): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw new Error(`${flag} got ${JSON.stringify(text)}, takes a whole number from ${least} to ${most}.`);
  return value;
};
