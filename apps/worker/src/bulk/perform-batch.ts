// A batch is carried on: what has ended is settled and graded, what may begin is begun. Ids and commands follow from the batch
// and the place of the sample, so whatever is done twice is done once.

import {
  type BatchItem,
  type BatchProgress,
  type BatchRequest,
  type BulkItem,
  batchRequestSchema,
  batchSize,
  CommandRejected,
  type ConversationList,
  type ConversationState,
  counting,
  type Engine,
  isRoot,
  type ListedConversation,
  type LiveFeed,
  nextInBatch,
  noProgress,
  rootOf,
  type Sample,
  sampleAt,
  sampleName,
  startOfSample,
} from '@turnlog/core';
import type { Logger } from 'pino';
import { type BulkPerformer, sliceMs } from './bulk-hold.ts';
import { gradeSample } from './grade-sample.ts';
import { createWaiter } from './waiter.ts';

export interface BatchDependencies {
  readonly engine: Engine;
  readonly list: ConversationList;
  readonly feed: Pick<LiveFeed, 'subscribeToVersions'>;
  /** A UUID of version 5 in a namespace of its own. */
  readonly conversationIdOf: (name: string) => string;
  /** Milliseconds that pass. */
  readonly elapsedMs: () => number;
  readonly log: Logger;
}

/** How often heads are read where no hint comes. */
const pollMs = 1_000;
/** What waits for people is looked at so often. */
const parkedMs = 5_000;
const pageSize = 200;

interface Batch {
  readonly id: string;
  readonly request: BatchRequest;
  readonly idOf: (sample: Sample) => string;
}

export const createBatchPerformer =
  (dependencies: BatchDependencies): BulkPerformer =>
  async ({ work, signal, report }) => {
    const request = batchRequestSchema.parse(work.request);
    const { conversationIdOf, elapsedMs } = dependencies;
    const batch: Batch = { id: work.id, request, idOf: (sample) => conversationIdOf(sampleName(work.id, request, sample)) };
    const until = elapsedMs() + sliceMs;
    const waiter = createWaiter(dependencies.feed, signal);
    let progress = (work.progress as BatchProgress | undefined) ?? noProgress;
    let control = work.control;
    try {
      for (;;) {
        const budget = (control.budget as BatchRequest['budget']) ?? request.budget;
        const settled = await settle(dependencies, batch, progress, { budget, isCancelled: control.isCancelled });
        const { start, phase } = nextInBatch({
          size: batchSize(request),
          concurrency: request.concurrency,
          ...settled,
          budget,
          isCancelled: control.isCancelled,
        });
        const begun = await beginSome(dependencies, batch, settled.progress, start, signal);
        progress = begun.progress;
        const isOver = phase === 'completed' || phase === 'cancelled';
        // The words of the prompts stand in the conversations now: erasing one of those must be whole.
        const kept = isOver ? { request: { ...request, prompts: [] } } : {};
        control = await report({ phase, progress, items: [...settled.items, ...begun.items], ...kept });
        if (isOver || phase === 'paused') return { pauseMs: 0 };
        if (phase === 'waiting') return { pauseMs: parkedMs };
        if (signal.aborted || elapsedMs() > until) return { pauseMs: 0 };
        await waiter.next(pollMs, new Set(progress.open.map((index) => batch.idOf(sampleAt(request, index)))));
      }
    } finally {
      waiter.end();
    }
  };

interface Settled {
  readonly progress: BatchProgress;
  readonly items: readonly BulkItem[];
  readonly openTokens: number;
  readonly openCost: number;
}

/** What has ended leaves the open ones; what waits for people is parked. */
const settle = async (
  dependencies: BatchDependencies,
  batch: Batch,
  before: BatchProgress,
  { budget, isCancelled }: { readonly budget: BatchRequest['budget']; readonly isCancelled: boolean },
): Promise<Settled> => {
  const heads = await headsOf(dependencies.list, batch, before.open);
  const parked: number[] = [];
  const ended: Sample[] = [];
  let openTokens = 0;
  let openCost = 0;
  for (const index of before.open) {
    const sample = sampleAt(batch.request, index);
    const id = batch.idOf(sample);
    const head = heads.get(id);
    const phase = head?.phase ?? 'running';
    if (phase === 'idle' || phase === 'closed') {
      ended.push(sample);
      continue;
    }
    if (phase !== 'running') parked.push(index);
    openTokens += (head?.usage.promptTokens ?? 0) + (head?.usage.completionTokens ?? 0);
    openCost += await costOf(dependencies, budget, id);
    if (isCancelled) await cancel(dependencies.engine, batch, id);
  }
  // At once: what they write goes into one commit.
  const items = await Promise.all(ended.map((sample) => itemOf(dependencies, batch, sample, batch.idOf(sample))));
  const settled = items.map((item, place) => ({ index: ended[place]?.index ?? 0, item }));
  const progress = settled.reduce((sum, { index, item }) => counting(sum, index, item), before);
  return {
    progress: { ...progress, parked },
    items: settled.map(({ index, item }) => named(index, item)),
    openTokens,
    openCost,
  };
};

/** Names sort as the batch was planned. */
const named = (index: number, result: BatchItem): BulkItem => ({ item: String(index).padStart(9, '0'), result });

const headsOf = async (
  list: ConversationList,
  { request, idOf }: Batch,
  open: readonly number[],
): Promise<ReadonlyMap<string, ListedConversation>> => {
  const ids = open.map((index) => idOf(sampleAt(request, index)));
  const heads = new Map<string, ListedConversation>();
  for (let from = 0; from < ids.length; from += pageSize) {
    const page = await list.list({ ids: ids.slice(from, from + pageSize) }, { limit: pageSize });
    for (const head of page.items) heads.set(head.id, head);
  }
  return heads;
};

/** Head rows do not say what was spent; the fold is only asked where a budget wants to know. */
const costOf = async ({ engine }: BatchDependencies, budget: BatchRequest['budget'], id: string): Promise<number> =>
  budget?.maxCost === undefined ? 0 : (await engine.load(id, { fresh: true })).cost;

const itemOf = async ({ engine }: BatchDependencies, batch: Batch, sample: Sample, id: string): Promise<BatchItem> => {
  const state = await engine.load(id, { fresh: true });
  const outcome = state.phase === 'erased' ? 'erased' : (state.lastTurn?.end ?? 'failed');
  const graded = outcome === 'completed' ? await gradeSample(engine, batch, sample, { id, state }) : { rewards: {} };
  return { ...placeOf(batch, sample, id), outcome, ...spentIn(state), ...graded };
};

const placeOf = ({ request }: Batch, { prompt, model, sample }: Sample, conversation: string) => ({
  conversation,
  prompt,
  sample,
  model: request.models[model]?.settings.name ?? '',
});

const spentIn = ({ usage, cost }: Pick<ConversationState, 'usage' | 'cost'>) => ({
  promptTokens: usage.promptTokens,
  completionTokens: usage.completionTokens,
  cost,
});

const nothingSpent = { promptTokens: 0, completionTokens: 0, cost: 0 };

interface Begun {
  readonly progress: BatchProgress;
  readonly items: readonly BulkItem[];
}

const beginSome = async (
  dependencies: BatchDependencies,
  batch: Batch,
  before: BatchProgress,
  most: number,
  signal: AbortSignal,
): Promise<Begun> => {
  const samples = Array.from({ length: signal.aborted ? 0 : most }, (_, place) => sampleAt(batch.request, before.next + place));
  const refusals = new Map<number, BatchItem>();
  // At once, as they then share commits; what others are forks of comes first.
  for (const some of [samples.filter(isRoot), samples.filter((sample) => !isRoot(sample))])
    await Promise.all(
      some.map(async (sample) => {
        const refused = await begin(dependencies, batch, sample);
        if (refused !== undefined) refusals.set(sample.index, refused);
      }),
    );
  const indices = samples.map(({ index }) => index);
  const begun: BatchProgress = { ...before, next: before.next + samples.length, open: [...before.open, ...indices] };
  const refused = indices.flatMap((index) => {
    const item = refusals.get(index);
    return item === undefined ? [] : [{ index, item }];
  });
  return {
    progress: refused.reduce((sum, { index, item }) => counting(sum, index, item), begun),
    items: refused.map(({ index, item }) => named(index, item)),
  };
};

/** A sample that cannot be begun (its root was erased) has ended as well: gives how. */
const begin = async ({ engine, log }: BatchDependencies, batch: Batch, sample: Sample): Promise<BatchItem | undefined> => {
  const id = batch.idOf(sample);
  const command = startOfSample(batch.id, batch.request, sample, batch.idOf(rootOf(batch.request, sample)));
  try {
    await engine.handle(command, { conversationId: id, commandId: `begin:${batch.id}` });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandRejected)) throw error;
    log.warn({ err: error, batch: batch.id, conversationId: id }, 'a conversation of a batch could not be begun');
    return { ...placeOf(batch, sample, id), outcome: 'refused', ...nothingSpent, rewards: {}, reason: error.message };
  }
};

const cancel = async (engine: Engine, { id: batch }: Batch, id: string): Promise<void> => {
  try {
    await engine.handle(
      { type: 'CancelTurn', reason: 'Its batch was cancelled.' },
      { conversationId: id, commandId: `cancel:${batch}` },
    );
  } catch (error) {
    if (!(error instanceof CommandRejected)) throw error;
  }
};
