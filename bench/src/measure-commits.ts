// The raw limit on the same Postgres: single-row inserts, each its own commit. What any durable engine is held against.

import { Pool } from 'pg';

/** Commits per second with `clients` connections over `durationMs`. */
export const measureCommits = async (url: string, clients: number, durationMs: number): Promise<number> => {
  const pool = new Pool({ connectionString: url, max: clients });
  try {
    await pool.query('create table if not exists bench_commits (id bigint generated always as identity, data json not null)');
    await Promise.all(Array.from({ length: clients }, () => pool.query('select 1')));
    const until = performance.now() + durationMs;
    const client = async () => {
      let commits = 0;
      for (; performance.now() < until; commits++)
        await pool.query({ name: 'bench', text: 'insert into bench_commits (data) values ($1)', values: ['{"type":"Bench"}'] });
      return commits;
    };
    const started = performance.now();
    const counts = await Promise.all(Array.from({ length: clients }, client));
    return (counts.reduce((sum, count) => sum + count, 0) * 1_000) / (performance.now() - started);
  } finally {
    await pool.query('drop table if exists bench_commits').catch(() => {});
    await pool.end();
  }
};
