import type { ConversationEvent, Delta, Recorded } from '@turnlog/core';
import { expect, it } from 'vitest';
import { createLiveView, type LiveViewOptions } from './live-view.ts';

const createView = (options: Partial<LiveViewOptions> = {}) => {
  let text = '';
  const terminal = {
    isInteractive: false,
    columns: 100,
    write: (piece: string) => {
      text += piece;
    },
    line: (piece = '') => {
      text += `${piece}\n`;
    },
    style: (_: unknown, piece: string) => piece,
  };
  const view = createLiveView(terminal, { showReasoning: true, ...options });
  let version = 0;
  return {
    view,
    delta: (delta: Partial<Delta>) => view.show({ type: 'delta', delta: { step: 1, attempt: 1, seq: 0, ...delta } }),
    event: (event: ConversationEvent) => {
      version += 1;
      view.show({ type: 'event', event: { version, ...event } as unknown as Recorded<ConversationEvent> });
    },
    text: () => text,
  };
};

const responded = (content: string, more: object = {}): ConversationEvent => ({
  type: 'ModelResponded',
  data: { step: 1, attempt: 1, claim: 'c', message: { content, toolCalls: [], ...more }, finishReason: 'stop' },
});

it('shows an answer once, however much of it was streamed', () => {
  for (const streamed of [[], ['Hel'], ['Hel', 'lo.']]) {
    const shown = createView();
    for (const content of streamed) shown.delta({ content });
    shown.event(responded('Hello.'));
    expect(shown.text()).toBe('model  Hello.\n');
  }
});

it('shows the whole answer again where a piece of the stream was lost', () => {
  const shown = createView();
  shown.delta({ content: 'One ' });
  shown.delta({ content: 'three.' });
  shown.event(responded('One two three.'));
  expect(shown.text()).toBe('model  One three.\nmodel  One two three.\n');
});

it('sets reasoning and answer apart, without the empty lines with which models begin', () => {
  const shown = createView();
  shown.delta({ reasoning: '\n' });
  shown.delta({ reasoning: 'Greet.\n' });
  shown.delta({ content: '\n\n' });
  shown.delta({ content: 'Hello.' });
  shown.event(responded('\n\nHello.', { reasoning: '\nGreet.\n' }));
  expect(shown.text()).toBe('thinks  Greet.\nmodel  Hello.\n');
});

it('hides reasoning on request', () => {
  const shown = createView({ showReasoning: false });
  shown.delta({ reasoning: 'Greet.' });
  shown.event(responded('Hello.', { reasoning: 'Greet.' }));
  expect(shown.text()).toBe('model  Hello.\n');
});

it('begins anew with a new attempt', () => {
  const shown = createView();
  shown.delta({ content: 'Hel' });
  shown.event({
    type: 'AttemptFailed',
    data: { step: 1, attempt: 1, failure: { kind: 'network', message: 'gone' }, retryAt: '2026-11-22T10:00:00.000Z' },
  } as unknown as ConversationEvent);
  shown.delta({ attempt: 2, content: 'Hello.' });
  expect(shown.text()).toBe('model  Hel\n  ! attempt 1 failed: gone; trying again\nmodel  Hello.');
});

it('lets no sign of a model or tool move the cursor, and folds what is long', () => {
  const shown = createView();
  shown.event(responded('Hi\u001b[2J.'));
  const text = ['a\u001b[31m', 'b', 'c', 'd', 'e', 'f'].join('\n');
  shown.event({
    type: 'ToolReturned',
    data: { step: 2, attempt: 1, claim: 'c', result: { content: [{ type: 'text', text }], isError: false } },
  });
  expect(shown.text()).toBe('model  Hi␛[2J.\n  ← tool\n    a␛[31m\n    b\n    c\n    d\n    … 2 more lines\n');
});

it('does not repeat what stands on the screen already', () => {
  const typed = new Set(['mine']);
  const shown = createView({ isOnScreen: (input) => typed.delete(input) });
  shown.event({ type: 'TurnStarted', data: { turn: 1, input: 'mine' } });
  shown.event({ type: 'TurnStarted', data: { turn: 2, input: 'of another' } });
  expect(shown.text()).toBe('\nyou  of another\n');
});

it('shows how far a call has come, a tenth at a time, or as often as its words change', () => {
  const shown = createView();
  shown.event({
    type: 'StepScheduled',
    data: { turn: 1, step: 1, call: { kind: 'tool', callId: 'c', name: 'dig', server: 's', tool: 'dig', arguments: '{}' } },
  });
  for (let progress = 1; progress <= 100; progress++) shown.delta({ progress: { progress, total: 100 } });
  shown.delta({ step: 2, progress: { message: 'Looking\u001b[2J' } });
  shown.delta({ step: 2, progress: { message: 'Looking\u001b[2J' } });
  const lines = shown.text().trimEnd().split('\n');
  expect(lines).toHaveLength(12);
  expect(lines.slice(0, 2)).toEqual(['  … dig 1/100', '  … dig 10/100']);
  expect(lines.at(-1)).toMatch(/^ {2}… call: Looking/);
  expect(lines.at(-1)).not.toContain('\u001b');
});

it('says what was answered to a server, or that nobody can answer any longer', () => {
  const shown = createView();
  shown.event({ type: 'ElicitationAnswered', data: { step: 1, action: 'accept', content: { city: 'Rome' } } });
  shown.event({ type: 'ElicitationAnswered', data: { step: 1, action: 'cancel' } });
  shown.event({ type: 'ElicitationVoided', data: { step: 1, elicitation: 'q', cause: 'worker_lost' } });
  expect(shown.text()).toBe(
    '  ✎ call: answered {"city":"Rome"}\n  ✎ call: dismissed\n  ! call: the question is void (worker_lost)\n',
  );
});
