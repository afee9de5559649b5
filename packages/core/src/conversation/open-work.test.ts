import { describe, expect, it } from 'vitest';
import { aConversation, aFailure, aTool } from '../testing/conversation-builder.ts';
import { storyBegins } from '../testing/given.ts';
import { openWork, workChange } from './open-work.ts';
import { react } from './react.ts';
import { initialState } from './state.ts';
import { addMs } from './time.ts';

const asking = aConversation()
  .withTools([aTool('read'), aTool('pay', { approval: 'ask' })])
  .withTurn('go');
const calling = asking.answered({
  calls: [
    ['read', ''],
    ['pay', ''],
  ],
});

describe('open work', () => {
  it('is nothing while a conversation is idle', () => {
    expect(openWork(aConversation().state)).toEqual([]);
  });

  it('is a step that is due', () => {
    expect(openWork(asking.state)).toEqual([{ step: 1, attempt: 1, dueAt: storyBegins }]);
  });

  it('names claim and worker once the attempt has started', () => {
    expect(openWork(asking.started().state)).toEqual([
      { step: 1, attempt: 1, dueAt: storyBegins, claim: 'claim-1-1', worker: 'worker-1' },
    ]);
  });

  it('is the next attempt, at its time and unclaimed, once one has failed', () => {
    const story = asking.failed(aFailure('rate_limited', { retryAfterMs: 60_000 }));

    expect(openWork(story.state)).toEqual([{ step: 1, attempt: 2, dueAt: addMs(storyBegins, 60_000) }]);
  });

  it('is not what waits for a person', () => {
    expect(openWork(calling.state).map(({ step }) => step)).toEqual([2]);
  });

  it('changes by what is new and what is over', () => {
    expect(workChange(asking.started().state, calling.state)).toEqual({
      put: [{ step: 2, attempt: 1, dueAt: storyBegins }],
      drop: [1],
    });
  });

  it('does not change where it stays the same', () => {
    expect(workChange(asking.state, asking.withTurn('wait', 'queue').state)).toEqual({ put: [], drop: [] });
  });
});

describe('react', () => {
  it('asks for a job for each attempt that became due', () => {
    expect(react('c', initialState, asking.state, storyBegins)).toEqual([{ conversationId: 'c', step: 1, attempt: 1 }]);
  });

  it('asks for none when an attempt starts', () => {
    expect(react('c', asking.state, asking.started().state, storyBegins)).toEqual([]);
  });

  it('leaves a later attempt to the reconciler', () => {
    const failed = asking.failed(aFailure('rate_limited', { retryAfterMs: 60_000 }));

    expect(react('c', asking.state, failed.state, storyBegins)).toEqual([]);
  });
});
