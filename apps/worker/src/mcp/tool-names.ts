// Names for the model. MCP tool names are unique per server only and may hold dots or 128 characters; models take
// at most 64 of `[a-zA-Z0-9_-]`, and one bad name fails the whole request. The result depends on the set of tools,
// never on their order.

import { createHash } from 'node:crypto';

export interface ToolOrigin {
  /** The key in the configuration: what a server calls itself does not distinguish it. */
  readonly server: string;
  readonly tool: string;
}

const longestName = 64;
const validName = /^[a-zA-Z0-9_-]{1,64}$/;
// The last one fills the whole name: distinct tools then differ unless sha256 collides.
const hashLengths = [8, 16, 32, 64] as const;
const highestLevel = hashLengths.length + 1;

function hashOf({ server, tool }: ToolOrigin): string {
  return createHash('sha256').update(`${server}\0${tool}`).digest('hex');
}

function withHash(name: string, origin: ToolOrigin, length: number): string {
  const cleaned = name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, Math.max(0, longestName - length - 1));
  const hash = hashOf(origin).slice(0, length);
  return cleaned === '' ? hash : `${cleaned}_${hash}`;
}

/** Level 0 is the bare name, 1 has the server before it, each further one a longer hash behind it. */
function nameAt(level: number, origin: ToolOrigin): string {
  const plain = level === 0 ? origin.tool : `${origin.server}__${origin.tool}`;
  const hashLength = hashLengths[level - 2];
  if (hashLength !== undefined) return withHash(plain, origin, hashLength);
  return validName.test(plain) ? plain : withHash(plain, origin, hashLengths[0]);
}

function indicesByKey(keys: readonly string[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const [index, key] of keys.entries()) groups.set(key, [...(groups.get(key) ?? []), index]);
  return groups;
}

/**
 * Names each tool, in the order given. No two origins may be equal.
 * Everyone who claims a taken name moves up a level, so a server cannot capture a name by predicting it.
 */
export function mapToolNames(origins: readonly ToolOrigin[]): readonly string[] {
  const byTool = indicesByKey(origins.map((origin) => origin.tool));
  const levels: number[] = origins.map((origin) => (byTool.get(origin.tool)?.length === 1 ? 0 : 1));
  for (;;) {
    const names = origins.map((origin, index) => nameAt(levels[index] ?? 0, origin));
    const clashes = [...indicesByKey(names).values()].filter((claimants) => claimants.length > 1).flat();
    const movable = clashes.filter((index) => (levels[index] ?? 0) < highestLevel);
    if (movable.length === 0) return names;
    for (const index of movable) levels[index] = (levels[index] ?? 0) + 1;
  }
}
