// The one statement that writes truth: any number of appends to different conversations, each admitted whole or not at all.
// A head row is created or locked in id order and admits its append only at the expected version, so two processes neither
// deadlock nor both win. Everything else in the statement hangs on `admitted`.

import type { EncodedAppend } from './encode-append.ts';

/** Appends of one conversation that build on each other. */
export type Chain = readonly [EncodedAppend, ...EncodedAppend[]];

// FOR UPDATE looks again at a row that was changed while it waited: a head that has moved on is no longer locked nor admitted.
// `repeated` sees only what was committed when the statement began; the unique index `events_command_key` stands behind it.
const TEXT = `
WITH wanted AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::int[], $3::bool[], $4::uuid[], $5::int[], $6::text[], $7::text[], $8::text[], $9::text[],
      $10::smallint[], $11::uuid[], $12::timestamptz[], $13::timestamptz[], $14::text[], $15::int[], $16::text[], $41::timestamptz[])
    AS w(id, expected, creates, parent, version, phase, model, title, tags, rating, forked_from, created_at, updated_at, summary, base, base_command, base_recorded_at)
), repeated AS MATERIALIZED (
  SELECT c.id FROM unnest($17::uuid[], $18::text[]) AS c(id, command_id)
    JOIN events e ON e.conversation_id = c.id AND e.command_id = c.command_id
), created AS (
  INSERT INTO conversations (id, version, phase, model, title, tags, rating, forked_from, created_at, updated_at, summary)
  SELECT id, version, phase, model, title, ARRAY(SELECT json_array_elements_text(tags::json)), rating, forked_from, created_at,
      updated_at, summary::json
    FROM wanted
    WHERE creates AND (parent IS NULL OR EXISTS (SELECT FROM conversations p WHERE p.id = wanted.parent AND p.version >= wanted.expected AND p.phase <> 'closed'))
    ORDER BY id
  ON CONFLICT (id) DO NOTHING
  RETURNING id
), admissible AS MATERIALIZED (
  -- Counting makes all creations come before the first lock: one order for everybody.
  SELECT * FROM wanted WHERE NOT creates AND id NOT IN (SELECT id FROM repeated) AND (SELECT count(*) FROM created) >= 0
    -- An append that this one was decided on came in an earlier statement of the same writer: it is visible, or was refused.
    AND (base IS NULL OR EXISTS (SELECT FROM events b WHERE b.conversation_id = wanted.id AND b.version = base AND b.command_id = base_command
      AND b.recorded_at = base_recorded_at))
), locked AS MATERIALIZED (
  SELECT c.id FROM admissible a JOIN conversations c ON c.id = a.id AND c.version = a.expected ORDER BY c.id FOR UPDATE OF c
), advanced AS (
  UPDATE conversations c SET version = a.version, phase = a.phase, model = a.model, title = a.title,
      tags = ARRAY(SELECT json_array_elements_text(a.tags::json)), rating = a.rating, updated_at = a.updated_at, summary = a.summary::json
    FROM locked l JOIN admissible a ON a.id = l.id WHERE c.id = l.id
  RETURNING c.id
), admitted AS MATERIALIZED (
  SELECT id FROM created UNION ALL SELECT id FROM advanced
), written AS (
  INSERT INTO events (conversation_id, version, type, schema_version, data, blobs, command_id, fingerprint, causation, correlation, recorded_at)
  SELECT e.id, e.version, e.type, e.schema_version, e.data::json, e.blobs::json, e.command_id, e.fingerprint, e.causation, e.correlation, e.recorded_at
    FROM unnest($19::uuid[], $20::int[], $21::text[], $22::int[], $23::text[], $24::text[], $25::text[], $26::text[], $27::text[],
        $28::text[], $29::timestamptz[]) WITH ORDINALITY
      AS e(id, version, type, schema_version, data, blobs, command_id, fingerprint, causation, correlation, recorded_at, ordinal)
    JOIN admitted ON admitted.id = e.id
    ORDER BY e.ordinal
), put AS (
  INSERT INTO open_work (conversation_id, step, attempt, due_at, claim, worker)
  SELECT w.* FROM unnest($30::uuid[], $31::int[], $32::int[], $33::timestamptz[], $34::text[], $35::text[])
      AS w(id, step, attempt, due_at, claim, worker)
    JOIN admitted ON admitted.id = w.id
  ON CONFLICT (conversation_id, step) DO UPDATE
    SET attempt = excluded.attempt, due_at = excluded.due_at, claim = excluded.claim, worker = excluded.worker
), dropped AS (
  DELETE FROM open_work o USING unnest($36::uuid[], $37::int[]) AS d(id, step), admitted
    WHERE admitted.id = d.id AND o.conversation_id = d.id AND o.step = d.step
), kept AS (
  INSERT INTO blobs (conversation_id, sha256, content)
  SELECT b.* FROM unnest($38::uuid[], $39::text[], $40::text[]) AS b(id, sha256, content) JOIN admitted ON admitted.id = b.id
  ON CONFLICT DO NOTHING
), shared AS (
  -- What the parent itself reads through its segments, cut at the fork, then its own events.
  INSERT INTO segments (conversation_id, ordinal, source_id, from_version, to_version)
  SELECT w.id, row_number() OVER (PARTITION BY w.id ORDER BY s.from_version), s.source_id, s.from_version, least(s.to_version, w.expected)
    FROM wanted w JOIN created ON created.id = w.id
    CROSS JOIN LATERAL (
      SELECT source_id, from_version, to_version FROM segments WHERE conversation_id = w.parent
      UNION ALL
      SELECT w.parent, coalesce(max(to_version), 0) + 1, w.expected FROM segments WHERE conversation_id = w.parent
    ) s
    WHERE w.parent IS NOT NULL AND s.from_version <= w.expected
)
SELECT id FROM admitted`;

/** Its rows are the ids of the conversations that admitted their chain. */
export const appendStatement = (chains: readonly Chain[]) => {
  const heads = [...chains].sort(([a], [b]) => (a.conversationId < b.conversationId ? -1 : 1)).map(headOf);
  const appends = chains.flat();
  const events = appends.flatMap((append) => append.events.map((event) => ({ id: append.conversationId, ...event })));
  const { put, drop } = workRows(chains);
  const blobs = appends.flatMap((append) => append.blobs.map((blob) => ({ id: append.conversationId, ...blob })));
  return {
    name: 'append',
    text: TEXT,
    values: [
      ...columns(heads, 'id', 'expected', 'creates', 'parent', 'version', 'phase', 'model', 'title', 'tags', 'rating'),
      ...columns(heads, 'forkedFrom', 'createdAt', 'updatedAt', 'summary', 'base', 'baseCommand'),
      appends.map((append) => append.conversationId),
      appends.map((append) => append.commandId),
      ...columns(events, 'id', 'version', 'type', 'schemaVersion', 'data', 'blobs', 'commandId', 'fingerprint'),
      ...columns(events, 'causation', 'correlation', 'recordedAt'),
      ...columns(put, 'id', 'step', 'attempt', 'dueAt', 'claim', 'worker'),
      ...columns(drop, 'id', 'step'),
      ...columns(blobs, 'id', 'sha256', 'content'),
      ...columns(heads, 'baseRecordedAt'),
    ],
  };
};

const columns = <Row>(rows: readonly Row[], ...keys: readonly (keyof Row)[]): unknown[] =>
  keys.map((key) => rows.map((row) => row[key] ?? null));

/** A chain is admitted at its first expectation and leads to the head of its last append. */
const headOf = (chain: Chain) => {
  const [first] = chain;
  const last = chain[chain.length - 1] ?? first;
  return {
    ...last.head,
    id: first.conversationId,
    expected: first.expectedVersion,
    creates: first.isCreation,
    parent: first.parent,
    base: first.buildsOn?.version,
    baseCommand: first.buildsOn?.commandId,
    baseRecordedAt: first.buildsOn?.recordedAt,
    version: last.version,
  };
};

/** The last word on each step: a statement may touch a row only once. */
const workRows = (chains: readonly Chain[]) => {
  const rows = chains.flatMap((chain) => {
    const id = chain[0].conversationId;
    const last = new Map<number, EncodedAppend['put'][number] | undefined>();
    for (const { put, drop } of chain) {
      for (const step of drop) last.set(step, undefined);
      for (const work of put) last.set(work.step, work);
    }
    return [...last].map(([step, work]) => ({ id, step, work }));
  });
  return {
    put: rows.flatMap(({ id, work }) => (work ? [{ claim: null, worker: null, ...work, id }] : [])),
    drop: rows.filter(({ work }) => work === undefined),
  };
};
