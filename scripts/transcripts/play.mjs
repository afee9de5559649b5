// One command of a transcript: the built program, typed at for real, against the model server of the tests.

import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '../..');
const program = join(root, 'apps/cli/dist/main.js');
const require = createRequire(join(root, 'apps/cli/package.json'));

export const modelName = 'Qwen/Qwen3-8B';
export const call = (name, args, id = name) => ({ id, name, arguments: JSON.stringify(args) });

export const writeConfiguration = async (folder) => {
  const manifest = require.resolve('@modelcontextprotocol/server-filesystem/package.json');
  const files = {
    command: process.execPath,
    args: [join(dirname(manifest), 'dist/index.js'), join(folder, 'notes')],
    cwd: join(folder, 'notes'),
    enabledTools: ['list_directory', 'read_text_file', 'write_file'],
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify({ mcpServers: { files } }));
};

/** Nothing that this shell has set for itself. */
export const cleanEnvironment = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^(TURNLOG_|DATABASE_URL|REDIS_URL|OPENAI_|HF_|npm_|INIT_CWD|VITEST|NODE_ENV|LOG_LEVEL|NO_COLOR|FORCE_COLOR)/.test(name),
    ),
  );

/** Answers are [words, how-manieth answer, answer, and of several the how-manieth time that it is asked]. */
export const withModel = async (answers, use) => {
  const { LLMock } = await import(pathToFileURL(require.resolve('@copilotkit/aimock')).href);
  const model = new LLMock({ port: 0, strict: true, logLevel: 'silent', chunkSize: 5 });
  for (const [userMessage, turnIndex, response, sequenceIndex] of answers)
    model.addFixture({
      match: { userMessage, turnIndex, model: modelName, ...(sequenceIndex !== undefined && { sequenceIndex }) },
      response: 'error' in response ? response : { content: '', ...response },
    });
  await model.start();
  try {
    return await use(`${model.url}/v1`);
  } finally {
    await model.stop();
  }
};

export const perform = async ({ folder, env, url, args, lines = [] }) => {
  const words = args.map((arg) => (arg === 'URL' ? url : arg));
  const child = spawn(process.execPath, [program, ...words], { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (said += piece));
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  const code = await new Promise((resolve) => child.once('close', resolve));
  const [command, ...flags] = words;
  return steady(
    `$ npm run ${command} -- ${flags.join(' ')}\n\n${said.trimEnd()}\n${code === 0 ? '' : `(exit code ${code})\n`}`,
    folder,
  );
};

/** What is another one every time: folder, port, ids, times, and whether a fork began in the second of its parent. */
export const steady = (text, folder) => {
  const ids = new Map();
  return text
    .replaceAll(folder, '/home/ada/project')
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, 'http://127.0.0.1:4010')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (id) => {
      if (!ids.has(id)) ids.set(id, `00000000-0000-4000-8000-${String(ids.size + 1).padStart(12, '0')}`);
      return ids.get(id);
    })
    .replaceAll(/_\d{8}_\d{6}(_\d+)?\.json/g, '_20261122_140509.json')
    .replaceAll(/\b\d+ ms\b/g, '12 ms');
};
