// Work that is not done belongs in an issue: a comment about it is found by nobody. Biome cannot see comments in a rule.

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const skipped = new Set(['node_modules', 'dist', '.git', '.turnlog', 'traces', 'exports', 'coverage']);
const mark = /(?:\/\/|\/\*|^\s*\*|#|<!--|--).*\b(TODO|FIXME|XXX)\b/;

/** Gives every `file:line` below `root` with a comment that leaves work for later. */
export function findTodos(root) {
  return sourcesBelow(root).flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => (mark.test(line) ? [`${relative(root, file)}:${index + 1}: ${line.trim()}`] : [])),
  );
}

const sourcesBelow = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (skipped.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourcesBelow(path);
    return /\.(ts|mts|mjs|js|sql|grit|ya?ml)$/.test(entry.name) && !path.endsWith('no-todo.mjs') ? [path] : [];
  });

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = findTodos(process.cwd());
  for (const todo of found) console.error(`${todo}\n  Do it now, or open an issue and delete the comment.`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
