// Every rule of our own is proven by a file that breaks it, linted with the real configuration in a tree of its own.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTodos } from '../lint/no-todo.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const imports = (name: string) => `import { x } from '${name}';\nexport const y = x;\n`;
const oneWay = 'docs/adr/0006-imports-go-one-way.md';
const onlyTruth = 'docs/adr/0001-the-log-is-the-only-truth.md';

const refused: [path: string, source: string, message: string][] = [
  ['packages/core/src/a.ts', imports('node:crypto'), oneWay],
  ['packages/core/src/b.ts', imports('node:fs/promises'), oneWay],
  ['packages/core/src/c.ts', imports('@turnlog/db'), oneWay],
  ['packages/core/src/d.ts', imports('pg'), oneWay],
  ['packages/core/src/e.ts', "export type { x } from '@turnlog/queue';\n", oneWay],
  ['packages/core/src/f.ts', 'export const now = () => Date.now();\n', onlyTruth],
  ['packages/core/src/g.ts', 'export const now = () => new Date();\n', onlyTruth],
  ['packages/core/src/h.ts', 'export const chance = () => Math.random();\n', onlyTruth],
  ['packages/core/src/i.ts', 'export const env = process.argv;\n', onlyTruth],
  ['packages/core/src/j.ts', "setTimeout(() => console.log('x'), 1);\n", onlyTruth],
  ['packages/core/src/k.ts', "console.log('x');\n", onlyTruth],
  ['packages/core/src/l.ts', 'export const id = crypto.randomUUID();\n', onlyTruth],
  ['packages/db/src/a.ts', imports('@turnlog/queue'), oneWay],
  ['packages/db/src/b.ts', imports('bullmq'), oneWay],
  ['packages/queue/src/a.ts', imports('@turnlog/db'), oneWay],
  ['packages/queue/src/b.ts', imports('drizzle-orm'), oneWay],
  ['packages/datasets/src/a.ts', imports('@turnlog/db'), oneWay],
  ['packages/datasets/src/b.ts', imports('pg'), oneWay],
  ['apps/api/src/a.ts', imports('@turnlog/db'), oneWay],
  ['apps/api/src/b.ts', imports('@turnlog/worker'), oneWay],
  ['apps/api/src/c.ts', imports('openai'), oneWay],
  ['apps/worker/src/a.ts', imports('@turnlog/queue'), oneWay],
  ['apps/worker/src/b.ts', imports('@turnlog/api'), oneWay],
  ['apps/worker/src/c.ts', imports('openai'), oneWay],
  ['apps/worker/src/d.ts', imports('@modelcontextprotocol/client/stdio'), oneWay],
  ['apps/worker/src/mcp/a.ts', imports('openai'), oneWay],
  ['apps/worker/src/model/a.ts', imports('@modelcontextprotocol/client'), oneWay],
  ['apps/cli/src/a.ts', imports('bullmq'), oneWay],
  ['apps/cli/src/b.ts', imports('drizzle-orm/node-postgres'), oneWay],
  ['apps/cli/src/c.ts', "const pg = await import('pg');\nexport const x = pg;\n", oneWay],
  ['simulation/src/a.ts', imports('@turnlog/db'), 'docs/simulation.md'],
  ['simulation/src/b.ts', 'export const later = (act: () => void) => setTimeout(act, 1);\n', 'docs/simulation.md'],
  ['apps/cli/src/commands/a.ts', 'export const port = process.env.PORT;\n', 'apps/cli/src/configuration/'],
  ['packages/db/src/c.ts', 'export const { HOME } = process.env;\n', 'apps/cli/src/configuration/'],
  ['packages/db/src/d.ts', 'export const x = (y: any) => y;\n', 'any'],
  ['packages/db/src/e.ts', 'export const x = (y: string[]) => y[0]!;\n', 'non-null'],
  ['packages/db/src/f.ts', 'export default 1;\n', 'default export'],
  ['packages/db/src/camelCase.ts', 'export const x = 1;\n', 'kebab-case'],
];

const allowed: [path: string, source: string][] = [
  ['packages/core/src/m.ts', imports('zod')],
  ['packages/core/src/n.ts', "import { x } from '../b/c.ts';\nexport const y = x;\n"],
  ['packages/core/src/conversation/time.ts', 'export const at = (iso: string) => Date.parse(iso);\n'],
  ['packages/core/src/m.test.ts', "import { x } from 'vitest';\nexport const y = [x, Date.now(), Math.random()];\n"],
  ['packages/core/src/testing/given.ts', 'export const now = () => Date.now();\n'],
  ['packages/db/src/m.ts', imports('@turnlog/core')],
  ['packages/db/src/n.ts', imports('drizzle-orm/pg-core')],
  ['packages/db/src/o.ts', imports('node:fs/promises')],
  ['packages/db/src/p.test.ts', 'export const y = [process.env.HOME!];\n'],
  ['packages/queue/src/m.ts', imports('bullmq')],
  ['packages/queue/src/n.ts', imports('pg')],
  ['apps/api/src/m.ts', imports('express')],
  ['apps/worker/src/model/m.ts', imports('openai')],
  ['apps/worker/src/mcp/m.ts', imports('@modelcontextprotocol/client/stdio')],
  ['apps/worker/src/mcp/fixtures/server.mjs', imports('@modelcontextprotocol/sdk/server/mcp.js')],
  ['apps/cli/src/main.ts', imports('@turnlog/db')],
  ['apps/cli/src/configuration/environment.ts', 'export const x = process.env;\n'],
  ['bench/src/main.ts', 'export const x = process.env.X;\n'],
  ['drizzle.config.ts', 'export default {};\n'],
];

describe('the linter', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'turnlog-lint-')));
  const faults = new Map<string, string>();

  beforeAll(() => {
    cpSync(join(root, 'biome.json'), join(folder, 'biome.json'));
    cpSync(join(root, 'lint'), join(folder, 'lint'), { recursive: true });
    for (const [path, source] of [...refused, ...allowed]) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), source);
    }
    const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
    const args = ['lint', '--vcs-enabled=false', '--colors=off', '--max-diagnostics=none', '--diagnostic-level=error', '.'];
    const { stderr } = spawnSync(process.execPath, [biome, ...args], { cwd: folder, encoding: 'utf8' });
    // One block for each fault: a ruled headline that begins with the file, then what is wrong.
    for (const [block, path = ''] of stderr.matchAll(/^([\w./-]+?)(?::\d+:\d+)? (?:lint\/|plugin).*━$(?:\n(?!.*━$).*)*/gm)) {
      faults.set(path, (faults.get(path) ?? '') + block);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(refused)('refuses %s with %j, and says why', (path, _source, message) => {
    expect(faults.get(path)).toContain(message);
  });

  it.each(allowed)('allows %s with %j', (path) => {
    expect(faults.get(path)).toBeUndefined();
  });
});

describe('comments', () => {
  const folder = mkdtempSync(join(tmpdir(), 'turnlog-todo-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const later = 'TO' + 'DO';

  it.each([`// ${later} x`, `/* ${later} */`, ` * ${later}: x`, `-- ${later} x`, 'const a = 1; // FIX' + 'ME'])(
    'refuse %j',
    (line) => {
      writeFileSync(join(folder, 'a.ts'), `one\n${line}\n`);

      expect(findTodos(folder)).toEqual([`a.ts:2: ${line.trim()}`]);
    },
  );

  it('of this repository leave nothing for later', () => {
    expect(findTodos(root)).toEqual([]);
  });
});

it('the decisions that the messages name are the ones the configuration names', () => {
  const named = new Set(readFileSync(join(root, 'biome.json'), 'utf8').match(/docs\/adr\/[a-z0-9-]+\.md/g));

  expect([...named].sort()).toEqual([onlyTruth, oneWay]);
});
