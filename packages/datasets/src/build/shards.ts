// Which file a family's rows go to. It depends on the family and on the number of files alone, never on what else is there:
// one more conversation changes one file.

export interface Splitting {
  /** Share of the families that go to `test`, 0 to 1. */
  readonly test: number;
  readonly seed: string;
  readonly shards: number;
  /** sha256 of UTF-8 text, in hex. */
  readonly sha256: (text: string) => string;
}

export interface Shard {
  readonly split: 'train' | 'test';
  readonly number: number;
}

const tenThousand = 10_000;

/** All conversations of a family have its root, so a prefix that forks share never stands on both sides of a split. */
export const shardOf = (root: string, { test, seed, shards, sha256 }: Splitting): Shard => ({
  split: remainder(sha256(`${seed}${root}`), tenThousand) < Math.round(test * tenThousand) ? 'test' : 'train',
  number: remainder(sha256(`shard ${root}`), shards),
});

/** 13 hex digits are as many as a number holds exactly. */
const remainder = (hex: string, divisor: number): number => Number.parseInt(hex.slice(0, 13), 16) % divisor;

/** A shard is projected and written in memory: 256 families of 50 events are about 10 MB of rows. */
const familiesOfShard = 256;

/** For a first build. Later ones keep the number, so that no row moves. */
export const shardsFor = (families: number): number => 2 ** Math.max(0, Math.ceil(Math.log2(families / familiesOfShard)));
