// 200 secrets, told to and by a model and a tool server in every way there is, are in the log and in no file of any export.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { buildFromLog, columnFormats, defaultRowOptions, type Format, findExports, formats, readRows } from '@turnlog/datasets';
import { createDatabase } from '@turnlog/db';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createApiClient, isIdle } from './support/api-client.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';
import type { ScriptedAnswer } from './support/scripted-model.ts';
import { referenceServer } from './support/workspace.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const word = (() => {
  let state = 7;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 8;
  };
  return (length: number): string => Array.from({ length }, () => alphabet[next() % alphabet.length]).join('');
})();

interface Planted {
  readonly secret: string;
  /** As it is told. */
  readonly written: string;
}

/** Known to this installation: told as they are, or encoded. */
const configured: readonly Planted[] = Array.from({ length: 70 }, (_, index) => {
  const secret = index % 4 === 0 ? `${word(5)}$ "${word(5)}"/ü` : word(12 + (index % 20));
  const forms = [
    secret,
    Buffer.from(`user:${secret}`).toString('base64'),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('hex'),
    `https://api.example.com/v1?q=${encodeURIComponent(secret)}`,
  ];
  return { secret, written: forms[index % forms.length] ?? secret };
});
const issuers: readonly (() => string)[] = [
  () => `sk-proj-${word(40)}`,
  () => `hf_${word(34)}`,
  () => `ghp_${word(36)}`,
  () => `glpat-${word(20)}`,
  () => `AKIA${word(16).toUpperCase()}`,
  () => `xoxb-123456789012-${word(24)}`,
  () => `eyJ${word(20)}.eyJ${word(40)}.${word(43)}`,
];
const issued: readonly Planted[] = Array.from({ length: 70 }, (_, index) => {
  const secret = issuers[index % issuers.length]?.() ?? '';
  return { secret, written: secret };
});
const names: readonly ((secret: string) => string)[] = [
  (secret) => `password=${secret}`,
  (secret) => `{"api_key": "${secret}"}`,
  (secret) => `Authorization: Bearer ${secret}`,
  (secret) => `postgres://me:${secret}@db:5432/x`,
  (secret) => `the access token is ${secret}, it said`,
  (secret) => `curl 'https://h/x?client_secret=${secret}&n=1'`,
];
const named: readonly Planted[] = Array.from({ length: 60 }, (_, index) => {
  const secret = word(18 + (index % 9));
  return { secret, written: names[index % names.length]?.(secret) ?? secret };
});

const wishes = 8;
const kinds = [...configured, ...issued, ...named];
/** 67 and 200 share no factor: each comes once, and the kinds are mixed. */
const all = kinds.map((_, index) => kinds[(index * 67) % kinds.length] ?? { secret: '', written: '' });

/** 25 of them for each conversation, so many at a time. */
const teller = (wish: number) => {
  const own = all.slice(wish * 25, (wish + 1) * 25);
  let told = 0;
  return (count: number): string => {
    const some = own.slice(told, told + count).map(({ written }) => written);
    told += count;
    return some.join(' and ');
  };
};

/** A tag holds 100 characters. */
const shortOf = (wish: number): string =>
  all.slice(wish * 25, (wish + 1) * 25).find(({ secret, written }) => secret === written && written.length <= 60)?.written ?? '';

interface Story {
  readonly wish: string;
  readonly answers: readonly ScriptedAnswer[];
  readonly systemPrompt: string;
  readonly comment: string;
  readonly correction: string;
}

const stories: readonly Story[] = Array.from({ length: wishes }, (_, number) => {
  const tell = teller(number);
  return {
    wish: `Wish ${number}: use ${tell(4)}.`,
    systemPrompt: `You may use ${tell(2)}.`,
    comment: `It should not have said ${tell(1)}.`,
    correction: `Better: ${tell(2)}.`,
    answers: [
      {
        content: `I call with ${tell(3)}.`,
        reasoning: `They gave me ${tell(3)}.`,
        calls: [{ name: 'echo', arguments: { message: `first ${tell(3)}` } }],
        latency: 0,
      },
      // Two calls that fail: of arguments that do not fit, and of a tool that there is not. Whole conversations with such a
      // call are no rows: one of them is enough.
      {
        content: `Again, ${tell(2)}.`,
        calls: [{ name: 'echo', arguments: { ...(number > 0 && { message: 'again' }), text: tell(2) } }],
        latency: 0,
      },
      { content: '', calls: [{ name: number === 0 ? 'no_such_tool' : 'echo', arguments: { message: tell(1) } }], latency: 0 },
      { content: `All of it: ${tell(2)}.`, latency: 0 },
    ],
  };
});

let engine: EngineUnderTest;
let out: string;
beforeEach(async () => {
  engine = await createEngineUnderTest({
    scripts: Object.fromEntries(stories.map(({ answers }, number) => [`Wish ${number}:`, answers])),
  });
  await engine.workspace.writeConfig({
    mcpServers: { everything: { ...referenceServer('everything'), enabledTools: ['echo'] } },
    models: { scripted: { baseUrl: engine.model.baseUrl, model: 'qwen3' } },
  });
  out = await mkdtemp(join(tmpdir(), 'turnlog-secrets-'));
});
afterEach(async () => {
  await engine.end();
  await rm(out, { recursive: true, force: true });
});

/** All that a folder says: names of files, their text, and the rows of tables. */
const saidIn = async (folder: string): Promise<string> => {
  const entries = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const texts = await Promise.all(
    entries.map(async ({ parentPath, name }) => {
      const content = await readFile(join(parentPath, name));
      return `${name}\n${name.endsWith('.gz') ? gunzipSync(content) : content}`;
    }),
  );
  const rows: unknown[] = [];
  for (const found of await findExports(folder))
    if (found.files.some((file) => file.endsWith('.parquet'))) for await (const row of readRows(found)) rows.push(row);
  return `${texts.join('\n')}\n${JSON.stringify(rows)}`;
};

const formsOf = ({ secret, written }: Planted): readonly string[] =>
  [secret, written].flatMap((text) => [text, escaped(text), escaped(escaped(text)), encodeURIComponent(text)]);
const escaped = (text: string): string => JSON.stringify(text).slice(1, -1);

it('leaves none of 200 secrets in any file of any format, and gives each one placeholder', async () => {
  expect(new Set(all.map(({ secret }) => secret)).size).toBe(200);
  const api = createApiClient(await engine.start('--port', '0'));
  const ids = await Promise.all(
    stories.map(async ({ wish, systemPrompt, comment, correction }, number) => {
      const short = shortOf(number);
      const tags = [`of ${short}`];
      const { id } = await api.create({ input: wish, systemPrompt, approval: 'auto', tags });
      await api.until(id, isIdle);
      const feedback = { turn: 1, rating: 1, comment, correction, tags: [`as ${short}`] };
      await api.post(`/conversations/${id}/feedback`, feedback);
      return id;
    }),
  );
  const logged = JSON.stringify(await Promise.all(ids.map(api.events)));
  expect(all.filter((planted) => !formsOf(planted).some((form) => logged.includes(form)))).toEqual([]);

  const database = createDatabase(engine.databaseUrl);
  const secrets = configured.map(({ secret }) => secret);
  const said = new Map<string, string>();
  try {
    for (const format of formats)
      for (const as of (columnFormats as readonly Format[]).includes(format) ? (['jsonl', 'parquet'] as const) : [undefined]) {
        const request = {
          format,
          ...(as && { as }),
          filter: {},
          content: {},
          rows: defaultRowOptions,
          onSecret: 'redact',
        } as const;
        const built = await buildFromLog({ ...database }, request, { out: join(out, as ?? 'files'), secrets });
        expect(built.secrets.length, format).toBeGreaterThan(0);
        said.set(`${format} ${as}`, await saidIn(built.folder));
      }
  } finally {
    await database.close();
  }
  const leaks = [...said].flatMap(([name, text]) =>
    all.flatMap((planted) => formsOf(planted).flatMap((form) => (text.includes(form) ? [`${name}: ${form}`] : []))),
  );
  expect(leaks).toEqual([]);
  // One placeholder for one secret in all formats; the conversation that called a tool that there is not is no row of hf.
  const tagged = (text = '') => new Set(text.match(/(?:of|as) \[redacted-[^\]]*\]/g)?.map((tag) => tag.slice(3)));
  const [inSft, inHf] = [tagged(said.get('sft jsonl')), tagged(said.get('hf parquet'))];
  expect([inSft.size, inHf.size]).toEqual([wishes, wishes - 1]);
  expect([...inHf].filter((placeholder) => !inSft.has(placeholder))).toEqual([]);
});
