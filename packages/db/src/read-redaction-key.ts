// What the placeholders of secrets are made with. The migration that made the table made the key; a dump of the database holds it.

import type { Pool } from 'pg';

export const readRedactionKey = async (pool: Pool): Promise<string> => {
  const { rows } = await pool.query<{ key: string }>('SELECT key FROM redaction_keys');
  const [row] = rows;
  if (row === undefined)
    throw new Error('The table redaction_keys is empty: placeholders of secrets cannot be made. Restore its row.');
  return row.key;
};
