// Bulk work in Postgres. Who holds a row is decided by the lease of its worker, on database time.

import {
  type BulkItem,
  type BulkLedger,
  type BulkWork,
  type ClaimedBulkWork,
  CommandRejected,
  InvalidCursor,
} from '@turnlog/core';
import type { Pool } from 'pg';
import { isUuid } from './encode-append.ts';

const COLUMNS =
  'id, kind, phase, about, is_cancelled AS "isCancelled", budget, progress, result, failure, created_at AS "createdAt", updated_at AS "updatedAt"';

const CREATE = `
INSERT INTO bulk_work (id, kind, phase, fingerprint, about, request) VALUES ($1, $2, 'queued', $3, $4::json, $5::json)
ON CONFLICT (id) DO NOTHING`;

const FINGERPRINT = 'SELECT fingerprint FROM bulk_work WHERE id = $1';

const FIND = `SELECT ${COLUMNS} FROM bulk_work WHERE id = $1 AND kind = $2`;

const LIST = `
SELECT ${COLUMNS} FROM bulk_work WHERE kind = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::uuid))
  ORDER BY created_at DESC, id DESC LIMIT $4`;

const IS_OPEN = "phase IN ('queued', 'running', 'waiting')";

const STEER = `
UPDATE bulk_work SET is_cancelled = is_cancelled OR $3, budget = coalesce($4::json, budget), due_at = now(), updated_at = now(),
    phase = CASE WHEN phase = 'paused' THEN 'queued' ELSE phase END
  WHERE id = $1 AND kind = $2 AND (${IS_OPEN} OR phase = 'paused')
  RETURNING ${COLUMNS}`;

const ITEMS = 'SELECT item, result FROM bulk_items WHERE bulk_id = $1 AND item > $2 ORDER BY item LIMIT $3';

// A worker without a lease never had one or has ended it.
const IS_FREE = '(worker IS NULL OR NOT EXISTS (SELECT FROM leases l WHERE l.worker = b.worker AND l.expires_at > now()))';

const DUE = `
SELECT id FROM bulk_work b WHERE kind = ANY ($1) AND ${IS_OPEN} AND due_at <= now() AND ${IS_FREE} ORDER BY due_at LIMIT $2`;

const CLAIM = `
UPDATE bulk_work b SET worker = $2, claim = $3 WHERE id = $1 AND kind = ANY ($4) AND ${IS_OPEN} AND ${IS_FREE}
  RETURNING ${COLUMNS}, request, claim`;

const REPORT = `
WITH held AS (
  UPDATE bulk_work SET phase = coalesce($2, phase), progress = coalesce($3::json, progress), result = coalesce($4::json, result),
      failure = coalesce($5, failure), request = coalesce($6::json, request), updated_at = now()
    WHERE claim = $1 RETURNING id, is_cancelled, budget
), done AS (
  INSERT INTO bulk_items (bulk_id, item, result)
    SELECT held.id, part ->> 'item', part -> 'result' FROM held, json_array_elements($7::json) AS part
    ON CONFLICT DO NOTHING
)
SELECT is_cancelled AS "isCancelled", budget FROM held`;

const RELEASE = `
UPDATE bulk_work SET worker = NULL, claim = NULL, due_at = now() + make_interval(secs => $2::float8 / 1000) WHERE claim = $1`;

const RELEASE_OTHERS = 'UPDATE bulk_work SET worker = NULL, claim = NULL WHERE worker = $1 AND claim <> ALL ($2::text[])';

interface Row extends Omit<BulkWork, 'control' | 'createdAt' | 'updatedAt'> {
  readonly isCancelled: boolean;
  readonly budget: unknown;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const createPostgresBulkLedger = (pool: Pool): BulkLedger => ({
  create: async ({ id, kind, fingerprint, about, request }) => {
    const { rowCount } = await pool.query(CREATE, [id, kind, fingerprint, jsonOf(about), jsonOf(request)]);
    if (rowCount === 1) return true;
    const { rows } = await pool.query<{ fingerprint: string }>(FINGERPRINT, [id]);
    if (rows[0]?.fingerprint === fingerprint) return false;
    throw new CommandRejected('key_reused', 'This Idempotency-Key was used before with another request. Use a new key.');
  },
  find: async (kind, id) => {
    if (!isUuid(id)) return undefined;
    const { rows } = await pool.query<Row>(FIND, [id, kind]);
    return rows[0] && workOf(rows[0]);
  },
  list: async (kind, { limit, cursor }) => {
    const [createdAt, after] = cursor === undefined ? [null, null] : readCursor(cursor);
    const { rows } = await pool.query<Row>(LIST, [kind, createdAt, after, limit + 1]);
    const items = rows.slice(0, limit).map(workOf);
    const last = items.at(-1);
    return { items, nextCursor: rows.length > limit && last ? writeCursor(last) : null };
  },
  steer: async (kind, id, { isCancelled = false, budget }) => {
    if (!isUuid(id)) return undefined;
    const { rows } = await pool.query<Row>(STEER, [id, kind, isCancelled, jsonOf(budget)]);
    if (rows[0] !== undefined) return workOf(rows[0]);
    const { rows: ended } = await pool.query<Row>(FIND, [id, kind]);
    return ended[0] && workOf(ended[0]);
  },
  items: async (id, { after = '', limit }) => (await pool.query<BulkItem>(ITEMS, [id, after, limit])).rows,
  due: async (kinds, limit) => (await pool.query<{ id: string }>(DUE, [kinds, limit])).rows.map(({ id }) => id),
  claim: async (id, { worker, claim, kinds }) => {
    if (!isUuid(id)) return undefined;
    const { rows } = await pool.query<Row & Pick<ClaimedBulkWork, 'request' | 'claim'>>(CLAIM, [id, worker, claim, kinds]);
    const [row] = rows;
    return row && { ...workOf(row), claim: row.claim, request: row.request };
  },
  report: async (claim, { phase = null, progress, result, failure = null, request, items = [] }) => {
    const values = [claim, phase, jsonOf(progress), jsonOf(result), failure, jsonOf(request), jsonOf(items)];
    const { rows } = await pool.query<Pick<Row, 'isCancelled' | 'budget'>>(REPORT, values);
    return rows[0] && controlOf(rows[0]);
  },
  release: async (claim, pauseMs) => void (await pool.query(RELEASE, [claim, pauseMs])),
  releaseOthers: async (worker, claims) => void (await pool.query(RELEASE_OTHERS, [worker, claims])),
});

const jsonOf = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

const controlOf = ({ isCancelled, budget }: Pick<Row, 'isCancelled' | 'budget'>): BulkWork['control'] => ({
  isCancelled,
  ...(budget !== null && { budget }),
});

const workOf = (row: Row): BulkWork => {
  const { id, kind, phase, about, progress, result, failure, createdAt, updatedAt } = row;
  return {
    id,
    kind,
    phase,
    about,
    control: controlOf(row),
    ...(progress !== null && { progress }),
    ...(result !== null && { result }),
    ...(failure !== null && { failure }),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
};

const writeCursor = ({ createdAt, id }: BulkWork): string => Buffer.from(`${createdAt} ${id}`).toString('base64url');

const readCursor = (cursor: string): readonly [createdAt: string, id: string] => {
  const [createdAt = '', id = '', ...rest] = Buffer.from(cursor, 'base64url').toString().split(' ');
  if (rest.length > 0 || !isUuid(id) || Number.isNaN(Date.parse(createdAt)))
    throw new InvalidCursor('This cursor is not one that a list has given. Start again without it.');
  return [createdAt, id];
};
