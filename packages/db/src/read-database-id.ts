// Which database this is, for what is kept elsewhere on its behalf.

import type { Pool } from 'pg';

const DATABASE_ID = `
SELECT c.system_identifier || '-' || d.oid AS id
  FROM pg_control_system() c, pg_database d WHERE d.datname = current_database()`;

/** The same for all processes that use the database, and another for every other one, also for one restored from its dump. */
export const readDatabaseId = async (pool: Pool): Promise<string> => {
  const { rows } = await pool.query<{ id: string }>(DATABASE_ID);
  return rows[0]?.id ?? '';
};
