import { describe, expect, it } from 'vitest';
import { aConversation, aTool } from '../testing/conversation-builder.ts';
import { estimateUsage } from './estimate-usage.ts';
import { toModelRequest } from './model-request.ts';
import type { Limits } from './settings.ts';
import { phaseOf } from './state.ts';

const message = { content: null, toolCalls: [] };
const price = { input: 1_000_000, output: 1_000_000 };
const story = (limits: Limits) =>
  aConversation({ limits })
    .withTools([aTool('read')])
    .withTurn('go');
const lastAnswer = (events: readonly { readonly type: string; readonly data: unknown }[]) =>
  events.findLast(({ type }) => type === 'ModelResponded')?.data as { readonly estimatedUsage?: object };

describe('an estimate', () => {
  it.each([
    ['English', 'tokens', 2],
    ['Chinese', '分词器', 3],
    ['an emoji', '🙂', 2],
    ['nothing', '', 0],
  ])('of %s is a token for every three bytes', (_, body, promptTokens) => {
    expect(estimateUsage(body, message)).toEqual({ promptTokens, completionTokens: 0 });
  });

  it('counts the text, the reasoning and the calls of an answer', () => {
    const answer = { content: 'abc', reasoning: 'abc', toolCalls: [{ name: 'abc', arguments: '{}!' }] };
    expect(estimateUsage('', answer).completionTokens).toBe(4);
  });
});

describe('a server that does not count', () => {
  const before = story({ maxTokens: 10 });
  const { events, state } = before.answered({ calls: [['read', '{}']] });

  it('is estimated from the request that was sent and what came back', () => {
    const { estimatedUsage } = lastAnswer(events);
    expect(estimatedUsage).toEqual(
      estimateUsage(toModelRequest(before.state) ?? '', { ...message, toolCalls: [{ name: 'read', arguments: '{}' }] }),
    );
  });

  it('pauses at a token limit all the same, and what it counted stays empty', () => {
    expect(events.at(-1)).toMatchObject({ type: 'TurnPaused', data: { reason: 'maxTokens', limit: 10 } });
    expect(state.usage).toEqual({ promptTokens: 0, completionTokens: 0 });
    expect(state.estimatedTokens).toBe(state.turn?.tokensUsed);
  });

  it('pauses at the limit of the whole conversation', () => {
    const held = story({ maxConversationTokens: 10 }).answered({ content: 'done' }).withTurn('more');
    expect(held.events.at(-1)).toMatchObject({ type: 'TurnPaused', data: { turn: 2, reason: 'maxConversationTokens' } });
  });

  it('is estimated no more once it counts, and not where no budget holds', () => {
    const usage = { promptTokens: 1, completionTokens: 1 };
    expect(lastAnswer(story({ maxTokens: 10 }).answered({ content: 'done', usage }).events)).not.toHaveProperty('estimatedUsage');
    expect(lastAnswer(story({ maxSteps: 10 }).answered({ content: 'done' }).events)).not.toHaveProperty('estimatedUsage');
  });

  it('spends at the price of its model', () => {
    const model = { ...story({}).state.model, price };
    const held = aConversation({ limits: { maxCost: 1 }, model: model as never })
      .withTurn('go')
      .answered({ content: 'done' });
    expect(held.state.cost).toBeGreaterThan(1);
    expect(phaseOf(held.state)).toBe('idle');
  });
});
