import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfiguration } from '../apps/cli/src/configuration/config-file.ts';
import { readEnvironment } from '../apps/cli/src/configuration/environment.ts';
import { variables } from '../apps/cli/src/configuration/environment-variables.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'turnlog-examples-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('.env.example', () => {
  const text = readFileSync(join(root, '.env.example'), 'utf8');

  it('changes nothing when it is copied as it is', () => {
    cpSync(join(root, '.env.example'), join(folder, '.env'));

    const { variables: _, ...copied } = readEnvironment({ variables: {}, currentFolder: folder });
    rmSync(join(folder, '.env'));
    const { variables: __, ...none } = readEnvironment({ variables: {}, currentFolder: folder });

    expect(copied).toEqual(none);
  });

  it('shows values that are accepted', () => {
    const shown = parseEnv(text.replace(/^#(?=[A-Z_]+=)/gm, ''));

    expect(() => readEnvironment({ variables: shown as Record<string, string>, currentFolder: folder })).not.toThrow();
  });

  it.each(Object.keys(variables))('names %s', (name) => {
    expect(text).toMatch(new RegExp(`^#?${name}=`, 'm'));
  });
});

it('config.example.json loads as it is, and warns of nothing unexpected', () => {
  const { servers, models, warnings } = readConfiguration({
    configFile: { path: join(root, 'config.example.json'), isNamed: true },
    variables: { OPENAI_API_KEY: 'x' },
  });

  expect(Object.keys(servers)).toEqual(['files', 'memory']);
  expect(Object.keys(models)).toEqual(['gpt-4o', 'local']);
  expect(warnings).toEqual(['mcpServers.search: switched off, and left out']);
});
