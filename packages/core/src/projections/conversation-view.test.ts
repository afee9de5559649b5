import { describe, expect, it } from 'vitest';
import { aConversation, aFailure, aTool } from '../testing/conversation-builder.ts';
import { storyBegins, storyId } from '../testing/given.ts';
import { viewConversation } from './conversation-view.ts';
import { summarize } from './summary.ts';

const tools = [aTool('read'), aTool('pay', { approval: 'ask' })];
const calling = aConversation({ tags: ['a'], metadata: { for: 'test' } })
  .withTools(tools)
  .withTurn('go');
const called = calling.answered({
  calls: [
    ['read', '{}'],
    ['pay', '{"sum":1}'],
  ],
  usage: { promptTokens: 3, completionTokens: 2 },
});
const view = ({ state }: { readonly state: typeof calling.state }) => viewConversation(storyId, state);

describe('the conversation view', () => {
  it('gives each message the version of its event', () => {
    expect(view(called).messages).toMatchObject([
      { version: 3, role: 'user', content: 'go' },
      { version: 6, role: 'assistant', content: '' },
    ]);
  });

  it('shows what the open round has answered so far', () => {
    expect(view(called.returned('call_1_1', 'text')).messages.at(-1)).toMatchObject({
      role: 'tool',
      content: 'text',
      name: 'read',
    });
  });

  it('shows the open steps, and why the last attempt failed', () => {
    const failed = called.failed(aFailure('unavailable'), { callId: 'call_1_1' });

    expect(view(failed).openSteps).toMatchObject([
      { step: 2, kind: 'tool', attempt: 2, phase: 'due', tool: 'read', callId: 'call_1_1', failure: { kind: 'unavailable' } },
      { step: 3, kind: 'tool', phase: 'approval' },
    ]);
  });

  it('says what an approval waits for', () => {
    const { phase, waitingFor } = view(called.returned('call_1_1', 'text'));

    expect(phase).toBe('waiting');
    expect(waitingFor).toEqual([
      {
        callId: 'call_1_2',
        kind: 'approval',
        server: 'files',
        tool: 'pay',
        arguments: '{"sum":1}',
        digest: expect.any(String),
        actions: ['approve', 'edit', 'reject'],
        since: storyBegins,
      },
    ]);
  });

  it('offers only to reject a call whose tool is gone', () => {
    expect(view(called.withTools([aTool('read')])).waitingFor).toMatchObject([{ callId: 'call_1_2', actions: ['reject'] }]);
  });

  it('says what a lost call waits for', () => {
    const lost = called.failed(aFailure('timeout'), { callId: 'call_1_1', sent: true });

    expect(view(lost).waitingFor?.[0]).toMatchObject({
      callId: 'call_1_1',
      kind: 'unknown',
      actions: ['retry', 'resolve', 'tell'],
    });
  });

  it('leaves out what there is nothing to say of', () => {
    expect(view(calling)).not.toHaveProperty('waitingFor');
    expect(view(calling)).not.toHaveProperty('pausedBy');
    expect(view(calling)).not.toHaveProperty('lastTurn');
    expect(view(calling)).not.toHaveProperty('forkedFrom');
  });

  it('says what paused it and how the last turn ended', () => {
    const paused = aConversation({ limits: { maxSteps: 1 } })
      .withTools(tools)
      .withTurn('go')
      .answered({ calls: [['read', '']] });

    expect(view(paused)).toMatchObject({ phase: 'paused', pausedBy: 'maxSteps' });
    expect(view(paused.cancelled())).toMatchObject({ phase: 'idle', lastTurn: { turn: 1, end: 'cancelled' } });
  });
});

describe('the summary', () => {
  it('is what a list shows', () => {
    const rated = called.handling({ type: 'GiveFeedback', feedback: { rating: 1, tags: ['b', 'a'] } });

    expect(summarize(rated.state)).toEqual({
      version: 9,
      phase: 'running',
      model: 'small',
      title: 'go',
      tags: ['a', 'b'],
      rating: 1,
      turns: 1,
      steps: 3,
      usage: { promptTokens: 3, completionTokens: 2 },
      createdAt: storyBegins,
      updatedAt: storyBegins,
    });
  });

  it('keeps the rating of a turn out of the rating of the conversation', () => {
    const rated = calling.handling({ type: 'GiveFeedback', feedback: { turn: 1, rating: -1 } });

    expect(summarize(rated.state)).not.toHaveProperty('rating');
  });

  it.each([
    ['  two\nlines\tand\u0000more ', 'two lines and more'],
    ['x'.repeat(200), 'x'.repeat(120)],
    ['🙂'.repeat(200), '🙂'.repeat(120)],
  ])('has a title of one line: %j', (input, title) => {
    expect(summarize(aConversation().withTurn(input).state).title).toBe(title);
  });
});
