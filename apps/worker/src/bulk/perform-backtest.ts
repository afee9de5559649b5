// A backtest is carried on: every recorded step is put to every model again, a few at a time. No tool is called and nothing is
// written to a conversation; each answer is kept as it comes, so that none is paid for twice.

import {
  type BacktestBudget,
  type BacktestItem,
  type BacktestProgress,
  type BacktestRequest,
  type BulkControl,
  backtestItemName,
  backtestRequestSchema,
  type ComparedAnswer,
  compareAnswers,
  costOf,
  type EventStore,
  type FailureKind,
  isBacktestSpent,
  nextAttemptAt,
  noBacktestProgress,
  type RecordedStep,
  recordedSteps,
  withItem,
} from '@turnlog/core';
import type { ModelClient, ModelOutcome } from '../ports/model-client.ts';
import { type BulkHold, type BulkPerformer, sliceMs } from './bulk-hold.ts';
import { pause } from './pause.ts';

export interface BacktestDependencies {
  readonly store: Pick<EventStore, 'read'>;
  readonly models: ModelClient;
  /** A hash of where a model is reached from here; undefined where it is not. */
  readonly endpointHash: (model: string) => string | undefined;
  /** What is kept already. */
  readonly itemsOf: (id: string, after: string, limit: number) => Promise<readonly { readonly item: string }[]>;
  readonly elapsedMs: () => number;
  readonly now: () => string;
}

type Conversation = BacktestRequest['conversations'][number];
type Model = BacktestRequest['models'][number];

/** With the words that whoever asked will read. */
export class ModelUnusable extends Error {
  override readonly name = 'ModelUnusable';
}

/** A worker that reaches other servers by these names lets the others have it for so long. */
const notHereMs = 2_000;
const pageSize = 1_000;
/** Asking on would fail in the same way. */
const hopeless: readonly FailureKind[] = ['unauthorized', 'not_found', 'not_configured'];
const awayKinds: readonly FailureKind[] = ['unavailable', 'timeout', 'rate_limited'];
/** A server that is away for so many steps in a row, each tried again and again, is not coming back. */
const maxAway = 3;

export const createBacktestPerformer =
  (dependencies: BacktestDependencies): BulkPerformer =>
  async (hold) => {
    const request = backtestRequestSchema.parse(hold.work.request);
    const { elapsedMs, endpointHash } = dependencies;
    if (request.models.some(({ settings, endpoint }) => endpointHash(settings.name) !== endpoint)) return { pauseMs: notHereMs };
    const keeper = createKeeper(hold, request);
    await keeper.tell();
    const until = elapsedMs() + sliceMs;
    for (let next = keeper.progress().next; next < request.conversations.length; next = keeper.progress().next) {
      const conversation = request.conversations[next];
      if (conversation === undefined) break;
      const isWhole = await askAll(dependencies, hold, keeper, request, conversation);
      if (keeper.isCancelled()) return keeper.end('cancelled');
      if (!isWhole) return keeper.isSpent(0) ? keeper.end('paused') : { pauseMs: 0 };
      await keeper.pass();
      if (hold.signal.aborted || elapsedMs() > until) return { pauseMs: 0 };
    }
    return keeper.end('completed');
  };

interface Question {
  readonly step: RecordedStep;
  readonly model: Model;
}

/** False: the budget is spent, or the worker stops, and something of this conversation was not asked. */
const askAll = async (
  dependencies: BacktestDependencies,
  { work, signal }: BulkHold,
  keeper: Keeper,
  request: BacktestRequest,
  conversation: Conversation,
): Promise<boolean> => {
  const events = await dependencies.store.read(conversation.id, { upTo: conversation.through });
  const kept = await keptOf(dependencies, work.id, conversation.id);
  const questions = recordedSteps(events)
    .filter(({ version }) => version > conversation.inherited)
    .flatMap((step): Question[] => request.models.map((model) => ({ step, model })))
    .filter(({ step, model }) => !kept.has(nameOf(conversation, step, model)))
    .values();
  let inFlight = 0;
  let isWhole = true;
  const askNext = async (): Promise<void> => {
    for (;;) {
      if (signal.aborted || keeper.isCancelled() || keeper.isSpent(inFlight)) {
        isWhole &&= questions.next().done === true;
        return;
      }
      const { value: question, done } = questions.next();
      if (done) return;
      inFlight += 1;
      try {
        const asked = await ask(dependencies, conversation, question, signal);
        if (asked === undefined) isWhole = false;
        else await keeper.keep(asked);
      } finally {
        inFlight -= 1;
      }
    }
  };
  const asking = await Promise.allSettled(Array.from({ length: request.concurrency }, askNext));
  for (const { reason } of asking.filter((one) => one.status === 'rejected')) throw reason;
  return isWhole;
};

const nameOf = ({ id }: Conversation, { version }: RecordedStep, { settings }: Model): string =>
  backtestItemName({ conversation: id, version, model: settings.name });

const keptOf = async ({ itemsOf }: BacktestDependencies, id: string, conversation: string): Promise<ReadonlySet<string>> => {
  const names = new Set<string>();
  for (let after = `${conversation}:`; ; ) {
    const page = await itemsOf(id, after, pageSize);
    const own = page.filter(({ item }) => item.startsWith(`${conversation}:`));
    for (const { item } of own) names.add(item);
    const last = own.at(-1);
    if (last === undefined || own.length < pageSize) return names;
    after = last.item;
  }
};

interface Asked {
  readonly item: BacktestItem;
  /** Nobody answered: the next step will hardly fare better. */
  readonly isAway: boolean;
}

/** Undefined: the worker stops. */
const ask = async (
  dependencies: BacktestDependencies,
  { id: conversation }: Conversation,
  { step, model: { settings } }: Question,
  signal: AbortSignal,
): Promise<Asked | undefined> => {
  const outcome = await answerOf(
    dependencies,
    { model: settings.name, body: step.request(settings), splitThink: settings.profile.splitThink },
    signal,
  );
  if (outcome === undefined) return undefined;
  const place = {
    conversation,
    version: step.version,
    turn: step.turn,
    step: step.step,
    recordedModel: step.model,
    model: settings.name,
    recorded: step.original,
  };
  if (outcome.type === 'failed')
    return {
      item: { ...place, failure: outcome.failure.message, promptTokens: 0, completionTokens: 0, cost: 0 },
      isAway: awayKinds.includes(outcome.failure.kind),
    };
  const answer = comparedAnswer(outcome.message);
  const usage = outcome.usage ?? { promptTokens: 0, completionTokens: 0 };
  return {
    item: {
      ...place,
      answer,
      comparison: compareAnswers(step.original, answer, step.tools),
      promptTokens: usage.promptTokens,
      completionTokens: usage.completionTokens,
      cost: costOf(usage, settings.price),
    },
    isAway: false,
  };
};

const comparedAnswer = ({
  content,
  reasoning,
  toolCalls,
}: Extract<ModelOutcome, { type: 'responded' }>['message']): ComparedAnswer => ({
  content: content ?? '',
  ...(reasoning !== undefined && { reasoning }),
  calls: toolCalls.map(({ name, arguments: raw }) => ({ name, arguments: raw })),
});

/** Tried again as a step of a conversation would be. */
const answerOf = async (
  { models, now }: BacktestDependencies,
  request: Parameters<ModelClient['call']>[0],
  signal: AbortSignal,
): Promise<ModelOutcome | undefined> => {
  for (let attempt = 1; !signal.aborted; attempt++) {
    const outcome = await models.call(request, signal, () => {});
    if (signal.aborted) return undefined;
    if (outcome.type === 'responded') return outcome;
    if (hopeless.includes(outcome.failure.kind))
      throw new ModelUnusable(`The model ${request.model} cannot be asked: ${outcome.failure.message}`);
    const time = now();
    const again = nextAttemptAt({ failure: outcome.failure, attempt, losses: 0, now: time, seed: request.body });
    if (again === null) return outcome;
    await pause(Date.parse(again) - Date.parse(time), signal);
  }
  return undefined;
};

interface Keeper {
  progress(): BacktestProgress;
  isCancelled(): boolean;
  isSpent(inFlight: number): boolean;
  tell(): Promise<void>;
  keep(asked: Asked): Promise<void>;
  /** The conversation is done. */
  pass(): Promise<void>;
  end(phase: 'completed' | 'paused' | 'cancelled'): Promise<{ readonly pauseMs: number }>;
}

/** Reports go out one after the other, so that none overwrites a later one. */
const createKeeper = ({ work, report }: BulkHold, request: BacktestRequest): Keeper => {
  let progress = (work.progress as BacktestProgress | undefined) ?? noBacktestProgress;
  let control: BulkControl = work.control;
  let last: Promise<unknown> = Promise.resolve();
  let away = 0;
  const send = (change: Parameters<BulkHold['report']>[0]): Promise<void> => {
    const sent = last.then(async () => {
      control = await report({ phase: 'running', progress, ...change });
    });
    last = sent.catch(() => undefined);
    return sent;
  };
  return {
    progress: () => progress,
    isCancelled: () => control.isCancelled,
    isSpent: (inFlight) => isBacktestSpent(progress, (control.budget as BacktestBudget) ?? request.budget ?? {}, inFlight),
    tell: () => send({}),
    keep: async ({ item, isAway }) => {
      away = isAway ? away + 1 : 0;
      if (away >= maxAway * request.models.length) throw new ModelUnusable(`The models do not answer: ${item.failure ?? ''}`);
      progress = withItem(progress, item);
      return send({ progress, items: [{ item: backtestItemName(item), result: item }] });
    },
    pass: () => {
      progress = { ...progress, next: progress.next + 1 };
      return send({ progress });
    },
    end: async (phase) => {
      await send({ phase, progress });
      return { pauseMs: 0 };
    },
  };
};
