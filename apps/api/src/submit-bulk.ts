// A POST becomes bulk work. As with commands, an Idempotency-Key makes the id, so a repetition finds what is there already.

import { type BulkKind, type BulkWork, CommandRejected } from '@turnlog/core';
import type { ApiDependencies } from './api-dependencies.ts';
import type { Incoming } from './route.ts';
import { idempotencyKey, requestText } from './submit-command.ts';
import { uuidV5 } from './uuid-v5.ts';

/** NEVER CHANGE: the ids of all keyed bulk work follow from it. */
const namespace = '0b1f9a4e-52c7-5d37-a6a1-8c7e3a90d5f2';

const places: Readonly<Record<BulkKind, string>> = { batch: 'batches', export: 'exports', backtest: 'backtests' };

export interface SubmittedBulkWork {
  readonly work: BulkWork;
  readonly headers: Readonly<Record<string, string>>;
}

/** `ask` is called only if the key is new, as the operator's files may have changed since. */
export const submitBulk = async (
  { bulk, newId, sha256, wakeBulk }: ApiDependencies,
  incoming: Incoming,
  kind: BulkKind,
  ask: () => { readonly about: unknown; readonly request: unknown },
): Promise<SubmittedBulkWork> => {
  const key = idempotencyKey(incoming);
  const id = key === undefined ? newId() : uuidV5(namespace, `${kind} ${key}`);
  const fingerprint = sha256(requestText(incoming));
  const known = key === undefined ? undefined : await bulk.find(kind, id);
  const asked = known === undefined ? ask() : { about: {}, request: {} };
  const isNew = await bulk.create({ id, kind, fingerprint, ...asked });
  const work = await bulk.find(kind, id);
  if (work === undefined) throw new CommandRejected('not_found', `There is no ${kind} ${id}.`);
  if (isNew) wakeBulk(id);
  return { work, headers: { Location: `/${places[kind]}/${id}`, ...(!isNew && { 'Idempotency-Replayed': 'true' }) } };
};
