// A log restored into another cluster carries transaction ids that this cluster has not reached: they lie above every snapshot's
// xmin and hide all events from readers of the whole log, for days or for ever.

import { Client, type Pool } from 'pg';

const NEEDS_ADOPTION = `
SELECT EXISTS (SELECT FROM events WHERE transaction_id >= pg_snapshot_xmax(pg_current_snapshot())) AS needed`;

// All of them, not only those above: their order is then that of position, and new events come after every old one.
const ADOPT = "UPDATE events SET transaction_id = '0' WHERE transaction_id <> '0'";

/** Whether the log came from another cluster. The start refuses until it is adopted. */
export const needsAdoption = async (pool: Pick<Pool, 'query'>): Promise<boolean> =>
  (await pool.query<{ needed: boolean }>(NEEDS_ADOPTION)).rows[0]?.needed ?? false;

/** Makes a restored log this cluster's own; nothing else may be using it. Cursors that readers kept are void. Returns how many events it touched. */
export const adopt = async (url: string): Promise<number> => {
  const client = new Client({ connectionString: url, application_name: 'turnlog adopt' });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query("SET LOCAL turnlog.rewriting = 'on'");
    const { rowCount } = await client.query(ADOPT);
    await client.query('COMMIT');
    return rowCount ?? 0;
  } finally {
    await client.end();
  }
};
