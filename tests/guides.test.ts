// What the guides tell people to type is what the program takes.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { helpLines } from '../apps/cli/src/chat/chat-line.ts';
import { addBacktest } from '../apps/cli/src/commands/backtest.ts';
import { addChat } from '../apps/cli/src/commands/chat.ts';
import { addCollect } from '../apps/cli/src/commands/collect.ts';
import { readConfiguration } from '../apps/cli/src/configuration/config-file.ts';
import { readEnvironment } from '../apps/cli/src/configuration/environment.ts';
import { createModelDirectory } from '../apps/cli/src/configuration/models.ts';
import { reasoningFlags, toolFlags } from '../apps/cli/src/doctor/server-flags.ts';

const guide = (name: string): string => readFileSync(join(import.meta.dirname, '../docs', name), 'utf8');

describe('Qwen3 on vLLM', () => {
  const text = guide('qwen3-on-vllm.md');

  it('has a configuration that loads as it stands', () => {
    const folder = mkdtempSync(join(tmpdir(), 'turnlog-guide-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'config.json');
    writeFileSync(path, /```json\n(.*?)```/s.exec(text)?.[1] ?? '');
    const variables = { QWEN_API_KEY: 'a-key' };
    const configuration = readConfiguration({ configFile: { path, isNamed: true }, variables });
    const models = createModelDirectory(configuration, readEnvironment({ variables, currentFolder: folder }));
    expect(configuration.warnings).toEqual([]);
    expect(models.resolve()).toMatchObject({
      model: 'Qwen/Qwen3-30B-A3B-FP8',
      profile: { sendReasoning: 'reasoning' },
      params: { top_k: 20 },
    });
    expect(models.endpointOf('qwen3')?.apiKey).toBe('a-key');
  });

  it('names the flags that the doctor would name', () => {
    const flags = [...toolFlags('Qwen/Qwen3-8B'), ...reasoningFlags('Qwen/Qwen3-8B')].join('\n');
    for (const flag of ['--enable-auto-tool-choice', '--tool-call-parser hermes', '--reasoning-parser qwen3', '--jinja']) {
      expect(flags).toContain(flag);
      expect(text).toContain(flag);
    }
  });
});

describe('Collecting and backtests', () => {
  it.each([
    ['collecting.md', addCollect],
    ['backtest.md', addBacktest],
  ])('%s explains every flag', async (name, add) => {
    const { Command } = await import('commander');
    const program = new Command();
    add(program);
    const flags = program.commands[0]?.options.map(({ long }) => long ?? '') ?? [];
    expect(flags.filter((flag) => !guide(name).includes(flag))).toEqual([]);
  });
});

describe('The chat', () => {
  const text = guide('chat.md');

  it('explains every flag', async () => {
    const { Command } = await import('commander');
    const program = new Command();
    addChat(program);
    for (const { long } of program.commands[0]?.options ?? []) expect(text).toContain(`\`${long}`);
  });

  it('explains every command', () => {
    for (const [command] of helpLines()
      .join('\n')
      .matchAll(/^\/[a-z]+( \[?[a-zN]+\]?)?/gm))
      expect(text).toContain(command.trim());
  });
});
