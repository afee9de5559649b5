// What a conversation and its open turn have spent, counted from the events alone.

import type { Limits, Recorded } from '@turnlog/core';
import { isTurnEnd, type Of } from './reading.ts';

export interface Spent {
  steps: number;
  tokens: number;
  cost: number;
  /** Milliseconds in which an attempt was open; of attempts that are still open, until the last one began alone. */
  activeMs: number;
}

export interface Spending {
  readonly conversation: Spent;
  readonly turn: Spent;
  limits: Limits;
  /** Within the turn. */
  isPaused: boolean;
  lastCall: string;
  repeats: number;
  /** How many calls of the last answer have not become steps. */
  proposed: number;
  asked: number;
  activeSince: string;
  price: Price | undefined;
  readonly open: Set<number>;
  readonly calls: Map<number, { readonly name: string; readonly arguments: string }>;
}

type Price = NonNullable<Of<'ConversationStarted'>['data']['model']['price']>;

const nothing = (): Spent => ({ steps: 0, tokens: 0, cost: 0, activeMs: 0 });

export const noSpending = (): Spending => ({
  conversation: nothing(),
  turn: nothing(),
  limits: {},
  isPaused: false,
  lastCall: '',
  repeats: 0,
  proposed: 0,
  asked: 0,
  activeSince: '',
  price: undefined,
  open: new Set(),
  calls: new Map(),
});

/** Takes one more event into the count. */
export const count = (spending: Spending, event: Recorded): void => {
  switch (event.type) {
    case 'ConversationStarted':
      Object.assign(spending, { limits: event.data.limits, price: event.data.model.price });
      break;
    case 'ConversationForked':
      endTurn(spending, event.recordedAt);
      if (event.data.model !== undefined) spending.price = event.data.model.price;
      break;
    case 'TurnPaused':
      spending.isPaused = true;
      break;
    case 'TurnResumed':
      spending.limits = { ...spending.limits, ...event.data.limits };
      Object.assign(spending, { isPaused: false, ...noRepeat });
      break;
    case 'StepScheduled':
    case 'ApprovalRequested':
    case 'ToolCallRefused':
      countStep(spending, event);
      break;
    case 'ToolCallEdited':
      spending.calls.set(event.data.step, {
        name: spending.calls.get(event.data.step)?.name ?? '',
        arguments: event.data.arguments,
      });
      break;
    case 'AttemptStarted':
      if (spending.open.size === 0) spending.activeSince = event.recordedAt;
      spending.open.add(event.data.step);
      break;
    case 'ModelResponded':
      countAnswer(spending, event);
      break;
    case 'ToolReturned':
      countResult(spending, event);
      break;
    case 'ToolCallRejected':
    case 'ToolOutcomeDecided':
      Object.assign(spending, noRepeat);
      break;
    case 'AttemptFailed':
    case 'ToolOutcomeUnknown':
      if (spending.calls.has(event.data.step)) Object.assign(spending, noRepeat);
      close(spending, event.data.step, event.recordedAt);
      break;
    default:
      if (isTurnEnd(event)) endTurn(spending, event.recordedAt);
  }
};

const noRepeat = { lastCall: '', repeats: 0 } as const;

/** The same step may ask again: it was counted when it first came up. */
const countStep = (spending: Spending, event: Of<'StepScheduled'> | Of<'ApprovalRequested'> | Of<'ToolCallRefused'>): void => {
  const { data } = event;
  if (event.type === 'ToolCallRefused') Object.assign(spending, noRepeat);
  const isNew = !spending.calls.has(data.step);
  if ('name' in data.call) spending.calls.set(data.step, data.call);
  if (!isNew) return;
  spending.turn.steps += 1;
  spending.conversation.steps += 1;
  if ('name' in data.call) spending.proposed = Math.max(0, spending.proposed - 1);
};

const countAnswer = (spending: Spending, { data, recordedAt }: Of<'ModelResponded'>): void => {
  const { promptTokens = 0, completionTokens = 0, cachedTokens = 0 } = data.usage ?? {};
  const { input, output, cachedInput = input } = spending.price ?? { input: 0, output: 0 };
  const cached = Math.min(cachedTokens, promptTokens);
  const cost = ((promptTokens - cached) * input + cached * cachedInput + completionTokens * output) / 1e6;
  for (const spent of [spending.turn, spending.conversation]) {
    spent.tokens += promptTokens + completionTokens;
    spent.cost += cost;
  }
  spending.asked = data.message.toolCalls.length;
  spending.proposed = spending.asked;
  close(spending, data.step, recordedAt);
};

/** Only rounds of one call are counted here: what many calls in one round amount to is the engine's to say. */
const countResult = (spending: Spending, { data, recordedAt }: Of<'ToolReturned'>): void => {
  const { name, arguments: raw } = spending.calls.get(data.step) ?? {};
  const call = JSON.stringify([name, raw, data.result]);
  const repeats = call === spending.lastCall ? spending.repeats + 1 : 1;
  Object.assign(spending, spending.asked === 1 ? { repeats, lastCall: call } : noRepeat);
  close(spending, data.step, recordedAt);
};

const close = (spending: Spending, step: number, at: string): void => {
  if (spending.open.delete(step) && spending.open.size === 0) addActive(spending, at);
};

const addActive = ({ turn, conversation, activeSince }: Spending, at: string): void => {
  const activeMs = Date.parse(at) - Date.parse(activeSince);
  turn.activeMs += activeMs;
  conversation.activeMs += activeMs;
};

const endTurn = (spending: Spending, at: string): void => {
  if (spending.open.size > 0) addActive(spending, at);
  spending.open.clear();
  Object.assign(spending.turn, nothing());
  Object.assign(spending, { ...noRepeat, isPaused: false, proposed: 0, asked: 0 });
};
