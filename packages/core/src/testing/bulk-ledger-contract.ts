// What a ledger of bulk work promises, in memory and in Postgres. Belongs to no test framework.

import { CommandRejected } from '../errors.ts';
import { type BulkLedger, bulkKinds, type NewBulkWork } from '../ports/bulk-ledger.ts';
import type { WorkLedger } from '../ports/work-ledger.ts';
import { mustEqual } from './event-store-case.ts';

export interface BulkLedgerParts {
  readonly bulk: BulkLedger;
  readonly leases: WorkLedger;
}

export interface BulkLedgerCase {
  readonly name: string;
  readonly run: (parts: BulkLedgerParts, newId: () => string) => Promise<void>;
}

const longMs = 60_000;

const aBatch = (id: string, changed: Partial<NewBulkWork> = {}): NewBulkWork => ({
  id,
  kind: 'batch',
  about: { prompts: 1 },
  request: { prompts: ['a\u0000b'] },
  fingerprint: 'one',
  ...changed,
});

/** A living worker that holds it. */
const taken = async ({ bulk, leases }: BulkLedgerParts, id: string, worker: string, claim: string) => {
  await leases.renewLease(worker, longMs);
  return bulk.claim(id, { worker, claim, kinds: bulkKinds });
};

export const bulkLedgerContract: readonly BulkLedgerCase[] = [
  {
    name: 'creates once: the same again is known, other words under the same id are refused',
    run: async ({ bulk }, newId) => {
      const id = newId();
      mustEqual('first', await bulk.create(aBatch(id)), true);
      mustEqual('again', await bulk.create(aBatch(id)), false);
      const refused = await bulk.create(aBatch(id, { fingerprint: 'two' })).catch((error: unknown) => error);
      mustEqual('refused', refused instanceof CommandRejected && refused.code, 'key_reused');
      const { phase, about, control } = (await bulk.find('batch', id)) ?? {};
      mustEqual('found', { phase, about, control }, { phase: 'queued', about: { prompts: 1 }, control: { isCancelled: false } });
      mustEqual('of another kind', await bulk.find('export', id), undefined);
      mustEqual('unknown', await bulk.find('batch', newId()), undefined);
    },
  },
  {
    name: 'is held by one living worker, and due again when that one is gone or lets go',
    run: async (parts, newId) => {
      const { bulk, leases } = parts;
      const [id, one, two] = [newId(), newId(), newId()];
      await bulk.create(aBatch(id));
      mustEqual('due', (await bulk.due(bulkKinds, 1_000)).includes(id), true);
      mustEqual('to those who know how', (await bulk.due(['export'], 1_000)).includes(id), false);
      mustEqual('and to no others', await bulk.claim(id, { worker: one, claim: one, kinds: ['export'] }), undefined);
      const claimed = await taken(parts, id, one, `${one}-1`);
      mustEqual('claimed', claimed?.request, { prompts: ['a\u0000b'] });
      mustEqual(
        'held',
        [(await bulk.due(bulkKinds, 1_000)).includes(id), await taken(parts, id, two, `${two}-1`)],
        [false, undefined],
      );
      mustEqual('not twice', await bulk.claim(id, { worker: one, claim: `${one}-2`, kinds: bulkKinds }), undefined);
      await leases.endLease(one);
      mustEqual('orphaned', (await bulk.due(bulkKinds, 1_000)).includes(id), true);
      mustEqual('taken over', (await taken(parts, id, two, `${two}-1`))?.id, id);
      mustEqual('the first holds nothing', await bulk.report(`${one}-1`, { progress: 1 }), undefined);
      await bulk.release(`${two}-1`, longMs);
      mustEqual('not due yet', (await bulk.due(bulkKinds, 1_000)).includes(id), false);
      mustEqual('but free', (await taken(parts, id, one, `${one}-3`))?.id, id);
      await bulk.releaseOthers(one, [`${one}-3`]);
      mustEqual('still held', await taken(parts, id, two, `${two}-2`), undefined);
      await bulk.releaseOthers(one, []);
      mustEqual('lost sight of', (await taken(parts, id, two, `${two}-2`))?.id, id);
    },
  },
  {
    name: 'keeps progress and parts together, each part once, and what has ended is neither due nor claimed',
    run: async (parts, newId) => {
      const { bulk } = parts;
      const [id, worker] = [newId(), newId()];
      await bulk.create(aBatch(id));
      await taken(parts, id, worker, worker);
      const part = (item: string, result: unknown) => ({ item, result });
      await bulk.report(worker, { phase: 'running', progress: { done: 1 }, items: [part('b', 1), part('a', { of: 'a' })] });
      await bulk.report(worker, { items: [part('b', 2), part('c', 3)] });
      mustEqual('parts', await bulk.items(id, { limit: 10 }), [part('a', { of: 'a' }), part('b', 1), part('c', 3)]);
      mustEqual('a page of them', await bulk.items(id, { after: 'a', limit: 1 }), [part('b', 1)]);
      mustEqual('progress', (await bulk.find('batch', id))?.progress, { done: 1 });
      await bulk.report(worker, { phase: 'completed', result: { rows: 2 }, request: {} });
      await bulk.release(worker, 0);
      const { phase, result } = (await bulk.find('batch', id)) ?? {};
      mustEqual('ended', { phase, result }, { phase: 'completed', result: { rows: 2 } });
      mustEqual(
        'over',
        [(await bulk.due(bulkKinds, 1_000)).includes(id), await taken(parts, id, worker, newId())],
        [false, undefined],
      );
      mustEqual('steered too late', (await bulk.steer('batch', id, { isCancelled: true }))?.control, { isCancelled: false });
    },
  },
  {
    name: 'hears wishes while it is under way; a paused one is due again',
    run: async (parts, newId) => {
      const { bulk } = parts;
      const [id, worker] = [newId(), newId()];
      await bulk.create(aBatch(id));
      await taken(parts, id, worker, worker);
      mustEqual('none yet', await bulk.report(worker, { phase: 'paused' }), { isCancelled: false });
      await bulk.release(worker, longMs);
      mustEqual('paused', (await bulk.due(bulkKinds, 1_000)).includes(id), false);
      const steered = await bulk.steer('batch', id, { budget: { maxTokens: 5 } });
      mustEqual('goes on', [steered?.phase, (await bulk.due(bulkKinds, 1_000)).includes(id)], ['queued', true]);
      await taken(parts, id, worker, worker);
      await bulk.steer('batch', id, { isCancelled: true });
      mustEqual('heard', await bulk.report(worker, {}), { isCancelled: true, budget: { maxTokens: 5 } });
      mustEqual('of another kind', await bulk.steer('export', id, { isCancelled: true }), undefined);
    },
  },
  {
    name: 'lists one kind, newest first, page by page',
    run: async ({ bulk }, newId) => {
      const ids = [newId(), newId(), newId()];
      for (const id of ids) await bulk.create(aBatch(id, { kind: 'backtest' }));
      const first = await bulk.list('backtest', { limit: 2 });
      const rest = await bulk.list('backtest', { limit: 200, cursor: first.nextCursor ?? '' });
      const listed = [...first.items, ...rest.items].map(({ id }) => id).filter((id) => ids.includes(id));
      mustEqual('in order', [first.items.length, [...listed].sort()], [2, [...ids].sort()]);
      mustEqual('ends', [rest.nextCursor, (await bulk.list('export', { limit: 1 })).items.length], [null, 0]);
    },
  },
];
