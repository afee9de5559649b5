import { expect, it } from 'vitest';
import { aConversation, aFailure, aTool } from '../testing/index.ts';
import { recordedSteps } from './recorded-steps.ts';

const events = aConversation({ systemPrompt: 'Be brief.' })
  .withTools([aTool('read')])
  .withTurn('go')
  .failed(aFailure('unavailable'))
  .after(60_000)
  .answered({ calls: [['read', '{"path":"a"}']] })
  .returned('call_1_1', 'alpha')
  .answered({ content: 'Alpha.' })
  .withTurn('again')
  .answered({ content: 'Alpha again.' }).events;

const messagesOf = (body: string) =>
  JSON.parse(body).messages.map(({ role, content }: { role: string; content: string }) => `${role}: ${content}`);

it('finds every assistant step with its answer and the request it answered', () => {
  const steps = recordedSteps(events);
  expect(steps.map(({ turn, original, tools }) => ({ turn, original, tools }))).toEqual([
    { turn: 1, original: { content: '', calls: [{ name: 'read', arguments: '{"path":"a"}' }] }, tools: ['read'] },
    { turn: 1, original: { content: 'Alpha.', calls: [] }, tools: ['read'] },
    { turn: 2, original: { content: 'Alpha again.', calls: [] }, tools: ['read'] },
  ]);
  expect(steps.map(({ request }) => messagesOf(request()).at(-1))).toEqual(['user: go', 'tool: alpha', 'user: again']);
  expect(steps.map(({ version }) => events[version - 1]?.type)).toEqual(Array(3).fill('ModelResponded'));
});

it('puts the same question to another model', () => {
  const [, second] = recordedSteps(events);
  const model = {
    name: 'other',
    model: 'other-7b',
    params: { temperature: 0 },
    profile: { sendReasoning: 'none', sendReasoningOf: 'turn', emptyContent: 'null', streamUsage: false, splitThink: true },
  } as const;
  const body = JSON.parse(second?.request(model) ?? '{}');
  expect(body).toMatchObject({ model: 'other-7b', temperature: 0, stream: true });
  expect(body.messages.map(({ role }: { role: string }) => role)).toEqual(['system', 'user', 'assistant', 'tool']);
  expect(body.messages[2].content).toBeNull();
});
