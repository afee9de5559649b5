// Which values of a server's configuration are secret. Nobody says so, and two answers are needed: a message loses little
// when a harmless value is hidden in it, while a tool result is what the model works with and what is trained on.

import { isNamedSecret, isTelling } from '@turnlog/core';
import type { McpServerConfig } from './mcp-server-config.ts';

export interface ServerSecrets {
  /** Hidden in every failure and warning. */
  readonly inMessages: readonly string[];
  /** Hidden in results as well: what stands under the name of a secret, or does not look like a setting. */
  readonly inResults: readonly string[];
}

interface Named {
  readonly name: string;
  readonly value: string;
}

export function secretsOf(config: McpServerConfig): ServerSecrets {
  const values = [
    ...valuesOf(config),
    ...Object.entries(config.variables ?? {})
      .map(named)
      .filter(isSecret),
  ];
  const passwords = values.flatMap(({ value }) => passwordIn(value));
  return {
    inMessages: [...values.map(({ value }) => value), ...passwords],
    inResults: [...values.filter(isSecret).map(({ value }) => value), ...passwords],
  };
}

const named = ([name, value]: readonly [string, string]): Named => ({ name, value });
const isSecret = ({ name, value }: Named): boolean => isNamedSecret(name, value) || isTelling(value);

function valuesOf(config: McpServerConfig): readonly Named[] {
  if (config.type === 'stdio') return [...Object.entries(config.env).map(named), ...secretArguments(config.args)];
  const url = new URL(config.url);
  // Messages quote a token without its scheme as often as with it.
  const headers = Object.entries(config.headers).flatMap(([name, value]) => [
    { name, value },
    { name, value: value.slice(value.indexOf(' ') + 1) },
  ]);
  const query = [...[...url.searchParams].map(named), { name: 'password', value: url.search.slice(1) }];
  return [...headers, ...query, { name: 'password', value: url.password }];
}

/** `--token X`, `--token=X`, `-e TOKEN=X`: the rest of a command line is paths and switches. */
function secretArguments(args: readonly string[]): readonly Named[] {
  return args
    .flatMap((arg, index): Named[] => {
      const [, name = '', value] = /^-{0,2}([A-Za-z][\w.-]*)(?:=(.*))?$/s.exec(arg) ?? [];
      const next = args[index + 1];
      if (value !== undefined) return [{ name, value }];
      return arg.startsWith('-') && next !== undefined && !next.startsWith('-')
        ? [{ name, value: next }]
        : [{ name: '', value: arg }];
    })
    .filter(({ name, value }) => isNamedSecret(name, value) || passwordIn(value).length > 0);
}

/** Of a URL such as `postgres://user:password@host/name`. */
function passwordIn(value: string): readonly string[] {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/\s]*@/i.test(value) || !URL.canParse(value)) return [];
  const { password } = new URL(value);
  return password === '' ? [] : [password, decoded(password)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
