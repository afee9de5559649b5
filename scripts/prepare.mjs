// Installs and builds what is missing or stale, and nothing else: a start with nothing to do costs a few milliseconds.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exclusively } from './exclusive.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

// Inside node_modules they vanish with it.
const installedStamp = join(root, 'node_modules', '.turnlog-installed');
const builtStamp = join(root, 'node_modules', '.turnlog-built');

export class PrepareError extends Error {}

// Progress goes to stderr: stdout belongs to the command, which may be writing JSON.
const say = (message) => process.stderr.write(`${message}\n`);

export async function prepare() {
  if (isInstalled() && isBuilt(fingerprint())) return;
  await exclusively(
    root,
    async () => {
      if (!isInstalled()) await install();
      const sources = fingerprint();
      if (!isBuilt(sources)) await build(sources);
    },
    () => say('Another command is installing or building; waiting for it …'),
  );
}

function isInstalled() {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  // npm writes it last: without it an install did not finish.
  if (!existsSync(hidden) || !existsSync(join(root, 'node_modules', 'typescript'))) return false;
  // A checkout gives package-lock.json a new time without changing it, so the content decides where it is known.
  return modifiedAt(hidden) >= modifiedAt(join(root, 'package-lock.json')) || readText(installedStamp) === lockHash();
}

async function install() {
  say('Installing what is missing (npm ci) …');
  // What builds Turnlog is a development dependency, also where NODE_ENV says production.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const { npm_execpath: npm } = process.env;
  const isNpm = npm !== undefined && basename(npm).startsWith('npm-cli');
  const result = isNpm
    ? await capture(process.execPath, [npm, ...args])
    : await capture('npm', args, { shell: process.platform === 'win32' });
  // npm says why first, and how it is used in general after that.
  const reason = result.output.split('\n').slice(0, 15).join('\n');
  if (result.code !== 0) throw new PrepareError(`${reason}\nnpm ci failed. Is the network reachable?`.trim());
  writeFileSync(installedStamp, lockHash());
}

async function build(sources) {
  say('Building …');
  // tsc remembers what it wrote, not whether it is still there.
  const isGone = projects().some((project) => !existsSync(join(project, 'dist')));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { code, output } = await capture(process.execPath, [tsc, '-b', ...(isGone ? ['--force'] : [])]);
  if (code !== 0) throw new PrepareError(`${output}\nThe build failed.`.trim());
  mkdirSync(dirname(builtStamp), { recursive: true });
  writeFileSync(builtStamp, sources);
}

const isBuilt = (sources) => readText(builtStamp) === sources && projects().every((project) => existsSync(join(project, 'dist')));

const projects = () =>
  JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')).references.map(({ path }) => join(root, path));

/** Changes with every source that the build reads: its path, size and time. Also when one is deleted or set back. */
function fingerprint() {
  const hash = createHash('sha256');
  const add = (file) => {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  };
  for (const file of ['tsconfig.json', 'tsconfig.base.json']) add(join(root, file));
  for (const project of projects()) {
    add(join(project, 'tsconfig.json'));
    add(join(project, 'package.json'));
    filesBelow(join(project, 'src')).forEach(add);
  }
  return hash.digest('hex');
}

const filesBelow = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)]));

function capture(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    const keep = (chunk) => {
      output += chunk;
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => reject(new PrepareError(`${command} cannot be started: ${error.message}`)));
    child.on('close', (code) => resolve({ code, output }));
  });
}

const modifiedAt = (file) => statSync(file).mtimeMs;
const lockHash = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
