import { describe, expect, it } from 'vitest';
import type { EventOf } from '../conversation/events.ts';
import { aConversation } from '../testing/conversation-builder.ts';
import { feedbackOf } from './feedback.ts';

type Given = EventOf<'FeedbackGiven'>['data'];

/** Two turns of one step each, and what is said of them. */
const judged = (...given: readonly Given[]) =>
  given.reduce(
    (builder, feedback) => builder.handling({ type: 'GiveFeedback', feedback }),
    aConversation().withTurn('one').answered({ content: 'first' }).withTurn('two').answered({ content: 'second' }),
  ).events;

describe('feedback', () => {
  it('is empty where nobody said anything', () => {
    expect(feedbackOf(judged(), { turn: 1, step: 1 })).toEqual({ tags: [], corrections: [], comments: [] });
  });

  it("takes the step's rating before its turn's, and its turn's before the conversation's", () => {
    const events = judged({ step: 1, rating: 1 }, { turn: 1, rating: 0 }, { turn: 2, rating: -1 }, { rating: 1 });

    expect(feedbackOf(events, { turn: 1, step: 1 }).rating).toBe(1);
    expect(feedbackOf(events, { turn: 1 }).rating).toBe(0);
    expect(feedbackOf(events, { turn: 2, step: 2 }).rating).toBe(-1);
    expect(feedbackOf(events).rating).toBe(1);
  });

  it('takes a rating of 0 as a rating', () => {
    expect(feedbackOf(judged({ step: 2, rating: 0 }, { rating: -1 }), { turn: 2, step: 2 }).rating).toBe(0);
  });

  it('takes the last rating of a level, and a later comment does not take it back', () => {
    const events = judged({ turn: 1, rating: -1 }, { turn: 1, rating: 1 }, { turn: 1, comment: 'much better' });

    expect(feedbackOf(events, { turn: 1, step: 1 }).rating).toBe(1);
  });

  it('counts feedback that names a step and its turn for the step alone', () => {
    const events = judged({ turn: 1, step: 1, rating: -1 });

    expect(feedbackOf(events, { turn: 1, step: 1 }).rating).toBe(-1);
    expect(feedbackOf(events, { turn: 1 }).rating).toBeUndefined();
  });

  it('joins the tags of all levels, each once, and leaves out those of other steps', () => {
    const events = judged({ tags: ['good', 'math'] }, { turn: 1, tags: ['math', 'short'] }, { step: 2, tags: ['other'] });

    expect(feedbackOf(events, { turn: 1, step: 1 }).tags).toEqual(['good', 'math', 'short']);
  });

  it('says where a correction or a comment was given', () => {
    const events = judged({ step: 1, correction: 'say this' }, { turn: 1, comment: 'too long', correction: 'or this' });

    const { corrections, comments } = feedbackOf(events, { turn: 1, step: 1 });

    expect(corrections.map(({ on, text }) => [on, text])).toEqual([
      ['step', 'say this'],
      ['turn', 'or this'],
    ]);
    expect(comments.map(({ on, text, version }) => [on, text, events[version - 1]?.type])).toEqual([
      ['turn', 'too long', 'FeedbackGiven'],
    ]);
  });

  it('leaves what was said of a whole conversation with it, and takes what was said of its steps into a fork', () => {
    const parent = judged({ step: 1, rating: 1 }, { rating: -1, comment: 'it went wrong', tags: ['math'] });
    const at = parent.length;
    const fork = {
      type: 'ConversationForked' as const,
      data: { parent: { conversationId: 'p', version: at }, supersede: false },
      version: at + 1,
      recordedAt: parent.at(-1)?.recordedAt ?? '',
      schemaVersion: 1,
    };

    expect(feedbackOf([...parent, fork])).toEqual({ tags: ['math'], corrections: [], comments: [] });
    expect(feedbackOf([...parent, fork], { turn: 1, step: 1 }).rating).toBe(1);
  });
});
