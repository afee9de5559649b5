// Bulk work in memory.

import { addMs } from '../conversation/time.ts';
import { CommandRejected } from '../errors.ts';
import {
  type BulkLedger,
  type BulkReport,
  type BulkWork,
  type ClaimedBulkWork,
  type NewBulkWork,
  openBulkPhases,
} from '../ports/bulk-ledger.ts';
import { InvalidCursor } from '../ports/conversation-list.ts';

interface Entry {
  readonly ordinal: number;
  readonly fingerprint: string;
  work: BulkWork;
  request: unknown;
  dueAt: string;
  holder: { readonly worker: string; readonly claim: string } | undefined;
  readonly items: Map<string, unknown>;
}

/** `isAlive` says whether a worker's lease holds; `now` gives ISO times. */
export const createInMemoryBulkLedger = (
  now: () => string,
  isAlive: (worker: string) => Promise<boolean> | boolean = () => true,
): BulkLedger => {
  const entries = new Map<string, Entry>();
  const stored = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T));
  const held = (claim: string) => [...entries.values()].find(({ holder }) => holder?.claim === claim);
  const isFree = async ({ holder }: Entry) => holder === undefined || !(await isAlive(holder.worker));
  const isOpen = ({ work }: Entry) => openBulkPhases.includes(work.phase);

  const write = (entry: Entry, { phase, progress, result, failure, request, items = [] }: BulkReport): void => {
    entry.work = {
      ...entry.work,
      ...(phase !== undefined && { phase }),
      ...(progress !== undefined && { progress: stored(progress) }),
      ...(result !== undefined && { result: stored(result) }),
      ...(failure !== undefined && { failure }),
      updatedAt: now(),
    };
    if (request !== undefined) entry.request = stored(request);
    for (const { item, result: done } of items) if (!entry.items.has(item)) entry.items.set(item, stored(done));
  };

  return {
    create: async ({ id, kind, about, request, fingerprint }: NewBulkWork) => {
      const known = entries.get(id);
      if (known !== undefined && known.fingerprint !== fingerprint) throw reused();
      if (known !== undefined) return false;
      const time = now();
      entries.set(id, {
        ordinal: entries.size + 1,
        fingerprint,
        work: {
          id,
          kind,
          phase: 'queued',
          about: stored(about),
          control: { isCancelled: false },
          createdAt: time,
          updatedAt: time,
        },
        request: stored(request),
        dueAt: time,
        holder: undefined,
        items: new Map(),
      });
      return true;
    },
    find: async (kind, id) => ofKind(entries.get(id)?.work, kind),
    list: async (kind, { limit, cursor }) => {
      if (cursor !== undefined && !/^\d+$/.test(cursor)) throw new InvalidCursor('This cursor is not one that a list has given.');
      const found = [...entries.values()]
        .filter(({ work, ordinal }) => work.kind === kind && (cursor === undefined || ordinal < Number(cursor)))
        .sort((a, b) => b.ordinal - a.ordinal);
      const last = found[limit - 1];
      return {
        items: found.slice(0, limit).map(({ work }) => work),
        nextCursor: found.length > limit && last ? String(last.ordinal) : null,
      };
    },
    steer: async (kind, id, { isCancelled, budget }) => {
      const entry = entries.get(id);
      if (entry === undefined || entry.work.kind !== kind) return undefined;
      if (!isOpen(entry) && entry.work.phase !== 'paused') return entry.work;
      const { control, phase } = entry.work;
      entry.work = {
        ...entry.work,
        phase: phase === 'paused' ? 'queued' : phase,
        control: {
          isCancelled: control.isCancelled || isCancelled === true,
          ...((budget ?? control.budget) !== undefined && { budget: stored(budget ?? control.budget) }),
        },
        updatedAt: now(),
      };
      entry.dueAt = now();
      return entry.work;
    },
    items: async (id, { after = '', limit }) =>
      [...(entries.get(id)?.items ?? [])]
        .map(([item, result]) => ({ item, result }))
        .filter(({ item }) => item > after)
        .sort((a, b) => (a.item < b.item ? -1 : 1))
        .slice(0, limit),
    due: async (kinds, limit) => {
      const due: Entry[] = [];
      for (const entry of entries.values())
        if (kinds.includes(entry.work.kind) && isOpen(entry) && entry.dueAt <= now() && (await isFree(entry))) due.push(entry);
      return due
        .sort((a, b) => (a.dueAt < b.dueAt ? -1 : 1))
        .slice(0, limit)
        .map(({ work }) => work.id);
    },
    claim: async (id, { kinds, ...holder }): Promise<ClaimedBulkWork | undefined> => {
      const entry = entries.get(id);
      if (entry === undefined || !kinds.includes(entry.work.kind)) return undefined;
      if (!isOpen(entry) || !(await isFree(entry))) return undefined;
      entry.holder = holder;
      return { ...entry.work, claim: holder.claim, request: entry.request };
    },
    report: async (claim, report) => {
      const entry = held(claim);
      if (entry === undefined) return undefined;
      write(entry, report);
      return entry.work.control;
    },
    release: async (claim, pauseMs) => {
      const entry = held(claim);
      if (entry === undefined) return;
      entry.holder = undefined;
      entry.dueAt = addMs(now(), pauseMs);
    },
    releaseOthers: async (worker, claims) => {
      for (const entry of entries.values())
        if (entry.holder?.worker === worker && !claims.includes(entry.holder.claim)) entry.holder = undefined;
    },
  };
};

const ofKind = (work: BulkWork | undefined, kind: BulkWork['kind']): BulkWork | undefined =>
  work?.kind === kind ? work : undefined;

const reused = (): CommandRejected =>
  new CommandRejected('key_reused', 'This Idempotency-Key was used before with another request. Use a new key.');
