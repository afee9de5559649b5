import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { swallowedFlagsHint } from './swallowed-flags.mjs';

const root = mkdtempSync(join(tmpdir(), 'turnlog-flags-'));
afterAll(() => rmSync(root, { recursive: true }));
const hint = (script: string, words: string[], env: Record<string, string> = {}, command = script) =>
  swallowedFlagsHint({ command, words, env: { npm_lifecycle_event: script, ...env }, root });

describe('flags that npm swallowed', () => {
  // What npm 11 leaves behind, by what was typed.
  it.each([
    ['npm run export-traces --format sft', 'export-traces', ['sft'], {}, 'npm run export-traces -- --format sft'],
    ['npm run export-traces --out d', 'export-traces', ['d'], { npm_config_out: 'true' }, 'npm run export-traces -- --out d'],
    ['npm run export-traces --out=d', 'export-traces', [], { npm_config_out: 'd' }, 'npm run export-traces -- --out d'],
    ['npm run export-traces --tag good', 'export-traces', [], { npm_config_tag: 'good' }, 'npm run export-traces -- --tag good'],
    ['npm run export-traces --json', 'export-traces', [], { npm_config_json: 'true' }, 'npm run export-traces -- --json'],
    [
      'npm run export-traces --format sft --out d',
      'export-traces',
      ['sft', 'd'],
      { npm_config_out: 'true' },
      'npm run export-traces -- --out …',
    ],
    ['npm run chat -m x', 'chat', [], { npm_config_message: 'x' }, 'npm run chat -- -m x'],
    ['npm run chat --no-show-reasoning', 'chat', [], { npm_config_show_reasoning: '' }, 'npm run chat -- --no-show-reasoning'],
    ['npm run replay abc --at 5', 'replay', ['abc', '5'], { npm_config_at: 'true' }, 'npm run replay -- abc --at 5'],
    ['npm start --port 4000', 'start', ['4000'], { npm_config_port: 'true' }, 'npm start -- --port 4000'],
  ])('stop %s with the line that works', (_, script, words, env, expected) => {
    expect(hint(script, words, env)).toContain(`go after --\n  ${expected}`);
  });

  it('of npm run turnlog keep the command', () => {
    expect(hint('turnlog', [], { npm_config_model: 'x' }, 'chat')).toContain('\n  npm run turnlog -- chat --model x');
  });

  it.each([
    ['nothing was swallowed', 'export-traces', ['--format', 'sft'], {}],
    ['the flag was given after -- too', 'export-traces', ['--json'], { npm_config_json: 'true' }],
    ['the command takes a bare word', 'doctor', ['http://localhost:8000/v1'], {}],
    ['npm has settings of its own', 'start', [], { npm_config_loglevel: 'silent', npm_config_yes: '' }],
  ])('are not seen where %s', (_, script, words, env) => {
    expect(hint(script, words, env)).toBeUndefined();
  });

  it('are not seen in a process that another npm script started', () => {
    expect(hint('test', ['sft'], { npm_config_json: 'true' }, 'export-traces')).toBeUndefined();
    expect(swallowedFlagsHint({ command: 'chat', words: ['x'], env: {}, root })).toBeUndefined();
  });

  it("are told from settings in npm's own files", () => {
    const npm_config_userconfig = join(root, 'npmrc');
    writeFileSync(npm_config_userconfig, 'tag = next\n');

    expect(hint('export-traces', [], { npm_config_tag: 'next', npm_config_userconfig })).toBeUndefined();
  });
});
