// A million events as `sft` rows in Parquet, by the command that people type; beside it, how long Postgres takes to hand the same
// events over with a plain COPY: no reader of this log can be faster.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Pool } from 'pg';
import { copyOut } from './copy-out.ts';
import { loadConversations } from './generate/load-conversations.ts';
import { manyConversations } from './generate/many-conversations.ts';

export const benchExport = async (url: string, conversations: number) => {
  const events = await generate(url, conversations);
  const copySeconds = await copyTime(url);
  const out = await mkdtemp(join(tmpdir(), 'turnlog-bench-export-'));
  try {
    const { rows, files, maxRssMb, seconds } = await runExport(url, out);
    return {
      conversations,
      events,
      rows,
      files,
      seconds: Number(seconds.toFixed(1)),
      rowsPerSecond: Math.round(rows / seconds),
      eventsPerSecond: Math.round(events / seconds),
      maxRssMb: Math.round(maxRssMb),
      copySeconds: Number(copySeconds.toFixed(1)),
      timesCopy: Number((seconds / copySeconds).toFixed(1)),
    };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
};

const generate = async (url: string, conversations: number): Promise<number> => {
  const pool = new Pool({ connectionString: url, max: 1 });
  try {
    const say = (done: number) => done % 1_000 === 0 && process.stderr.write(`generated ${done} of ${conversations}\n`);
    const events = await loadConversations(pool, manyConversations(conversations, say));
    await pool.query('VACUUM ANALYZE events');
    return events;
  } finally {
    await pool.end();
  }
};

/** In the order in which an export reads: by conversation, then version. */
const copyTime = async (url: string): Promise<number> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const started = performance.now();
    await copyOut(client, 'COPY (SELECT * FROM events ORDER BY conversation_id, version) TO STDOUT');
    return (performance.now() - started) / 1_000;
  } finally {
    await client.end();
  }
};

const command = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url));
/** The process says at its end how much memory it held at most. */
const sayMemory = `data:text/javascript,process.on('exit',()=>process.stderr.write('max RSS '+process.resourceUsage().maxRSS+' KB\\n'))`;

const runExport = async (url: string, out: string) => {
  const started = performance.now();
  const args = ['export-traces', '--format', 'sft', '--as', 'parquet', '--out', out, '--json'];
  const child = spawn(process.execPath, ['--import', sayMemory, command, ...args], {
    cwd: out,
    env: { ...process.env, DATABASE_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (chunk: Buffer) => {
      said[name] += chunk.toString();
    });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`export-traces ended with ${code}:\n${said.stderr}`);
  const { rows, files } = JSON.parse(said.stdout) as { rows: number; files: number };
  const kilobytes = Number(/max RSS (\d+) KB/.exec(said.stderr)?.[1]);
  return { rows, files, maxRssMb: kilobytes / 1_024, seconds: (performance.now() - started) / 1_000 };
};
