// The catalogue of tools as rows: one a server, the last look wins.

import type { CatalogueEntry, ToolCatalogue } from '@turnlog/core';
import type { Pool } from 'pg';

const PUT = `
INSERT INTO tool_catalogue AS c (server, listed_at, entry)
SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::json[])
ON CONFLICT (server) DO UPDATE SET listed_at = excluded.listed_at, entry = excluded.entry WHERE c.listed_at <= excluded.listed_at`;

export const createPostgresToolCatalogue = (pool: Pool): ToolCatalogue => ({
  put: async (entries) => {
    const values = [
      entries.map(({ server }) => server),
      entries.map(({ listedAt }) => listedAt),
      entries.map((entry) => JSON.stringify(entry)),
    ];
    await pool.query(PUT, values);
  },
  all: async () => {
    const { rows } = await pool.query<{ entry: CatalogueEntry }>('SELECT entry FROM tool_catalogue ORDER BY server');
    return rows.map(({ entry }) => entry);
  },
});
