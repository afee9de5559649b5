// Which datasets hold rows of which conversations, as rows: one for each pair.

import type { DatasetRegistry } from '@turnlog/core';
import type { Pool } from 'pg';
import { isUuid } from './encode-append.ts';

// The sources of a fork are looked up now: an erased fork forgets whose events it began with, and its rows still show them.
const REGISTER = `
WITH held AS MATERIALIZED (
  SELECT unnest($2::uuid[]) AS id
  UNION
  SELECT source_id FROM segments WHERE conversation_id = ANY ($2::uuid[])
), dropped AS (
  DELETE FROM dataset_conversations d WHERE d.dataset = $1 AND NOT $3::bool AND d.conversation_id NOT IN (SELECT id FROM held)
)
INSERT INTO dataset_conversations (dataset, conversation_id) SELECT $1, id FROM held
ON CONFLICT DO NOTHING`;

const HOLDING =
  'SELECT DISTINCT dataset COLLATE "C" AS dataset FROM dataset_conversations WHERE conversation_id = ANY ($1::uuid[]) ORDER BY 1';

export const createPostgresDatasetRegistry = (pool: Pool): DatasetRegistry => ({
  register: async ({ dataset, conversations, keepsFormer = false }) => {
    await pool.query(REGISTER, [dataset, conversations, keepsFormer]);
  },
  holding: async (conversationIds) => {
    const { rows } = await pool.query<{ dataset: string }>(HOLDING, [conversationIds.filter(isUuid)]);
    return rows.map(({ dataset }) => dataset);
  },
});
