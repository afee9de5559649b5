// Temporary data folders and other processes for the tests of the embedded server. close() ends every process that a test left
// behind, whoever started it, and removes the folders.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { clusterPaths } from '../cluster-paths.ts';
import { postmasterState, readPostmasterPid } from '../postmaster-pid.ts';
import { isProcessAlive } from '../process-identity.ts';

export interface StartReport {
  readonly url?: string;
  readonly owned?: boolean;
  readonly code?: string;
  readonly message?: string;
  readonly [detail: string]: unknown;
}

export interface OtherProcess {
  readonly child: ChildProcess;
  /** What its start came to. */
  readonly report: Promise<StartReport>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export interface Sandbox {
  folder(options?: { uid?: number; mode?: number }): string;
  /** A data folder in a folder of its own. */
  dataDir(options?: { uid?: number; mode?: number }): string;
  /** Another process that starts the embedded server of a data folder and holds it. */
  otherProcess(dataDir: string, options?: { uid?: number }): OtherProcess;
  /** Evaluates a module in another process; `embedded` in it is the folder of the compiled sources. */
  evaluate(source: string, options?: { uid?: number }): Promise<StartReport>;
  close(): Promise<void>;
}

const HOLD = `
const { startEmbeddedPostgres } = await import(embedded + '/embedded-postgres.js');
try {
  const server = await startEmbeddedPostgres({ dataDir: process.argv[2] });
  say({ url: server.url, owned: server.owned });
  process.stdin.once('data', () => server.stop().then(() => process.exit()));
} catch (error) {
  say({ code: error.code, message: error.message });
}`;

export function createSandbox(): Sandbox {
  const folders: string[] = [];
  const dataDirs: string[] = [];
  const processes: OtherProcess[] = [];
  let compiled: string | undefined;

  const folder: Sandbox['folder'] = ({ uid, mode = 0o755 } = {}) => {
    const path = mkdtempSync(join(tmpdir(), 'turnlog-embedded-'));
    folders.push(path);
    chmodSync(path, mode);
    if (uid !== undefined) chownSync(path, uid, uid);
    return path;
  };
  const launch = (source: string, args: string[], uid?: number): OtherProcess => {
    compiled ??= compile(folder());
    const script = join(folder(), 'main.mjs');
    const say = 'const say = (report) => console.log(JSON.stringify(report));';
    writeFileSync(script, `const embedded = ${JSON.stringify(compiled)};\n${say}\n${source}`);
    const child = spawn(process.execPath, [script, ...args], {
      cwd: '/',
      stdio: ['pipe', 'pipe', 'inherit'],
      ...(uid !== undefined && { uid, gid: uid }),
    });
    const exited = once(child, 'exit');
    const report = firstLine(child);
    const end = async (how: () => void) => {
      if (child.exitCode === null && child.signalCode === null) how();
      await exited;
    };
    const other = {
      child,
      report,
      stop: () => end(() => child.stdin?.end('stop')),
      kill: () => end(() => child.kill('SIGKILL')),
    };
    processes.push(other);
    return other;
  };

  return {
    folder,
    dataDir(options) {
      const path = join(folder(options), '.turnlog');
      dataDirs.push(path);
      return path;
    },
    otherProcess: (dataDir, { uid } = {}) => launch(HOLD, [dataDir], uid),
    evaluate: async (source, { uid } = {}) => launch(source, [], uid).report,
    async close() {
      for (const other of processes.splice(0)) await other.kill();
      for (const dataDir of dataDirs.splice(0)) await endServer(dataDir);
      for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true, maxRetries: 5 });
      compiled = undefined;
    },
  };
}

/** The pid of the running server of a data folder. */
export async function serverPidOf(dataDir: string): Promise<number> {
  const found = await readPostmasterPid(clusterPaths(dataDir).data);
  if (found === undefined) throw new Error(`no server runs in ${dataDir}`);
  return found.pid;
}

export async function query(url: string, sql: string): Promise<Record<string, unknown>> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows[0] ?? {};
  } finally {
    await client.end();
  }
}

/** The first answer that is not undefined; a throw counts as no answer yet. */
export async function eventually<Answer>(ask: () => Promise<Answer | undefined>, withinMs = 20_000): Promise<Answer> {
  const deadline = Date.now() + withinMs;
  let last: unknown = 'no answer';
  while (Date.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await delay(10);
  }
  throw new Error(`nothing within ${withinMs} ms`, { cause: last });
}

export async function isGone(pid: number): Promise<true | undefined> {
  return (await isProcessAlive(pid)) ? undefined : true;
}

async function endServer(dataDir: string): Promise<void> {
  const { data } = clusterPaths(dataDir);
  const found = await readPostmasterPid(data);
  if (found === undefined || (await postmasterState(data, found)) !== 'alive') return;
  process.kill(found.pid, 'SIGQUIT');
  await eventually(() => isGone(found.pid));
}

async function firstLine({ stdout }: ChildProcess): Promise<StartReport> {
  if (stdout === null) throw new Error('no output');
  for await (const line of createInterface(stdout)) return JSON.parse(line) as StartReport;
  return { message: 'ended without a report' };
}

/** The sources under test as JavaScript: the oldest supported Node cannot execute TypeScript. */
function compile(out: string): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const require = createRequire(import.meta.url);
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const flags =
    '--ignoreConfig --module nodenext --target es2023 --types node --skipLibCheck --rewriteRelativeImportExtensions'.split(' ');
  const code = join(out, 'code');
  mkdirSync(code);
  execFileSync(process.execPath, [
    tsc,
    ...flags,
    '--outDir',
    code,
    '--rootDir',
    join(here, '..'),
    join(here, '..', 'embedded-postgres.ts'),
  ]);
  writeFileSync(join(out, 'package.json'), '{"type":"module"}');
  symlinkSync(join(dirname(require.resolve('pg/package.json')), '..'), join(out, 'node_modules'));
  return code;
}
