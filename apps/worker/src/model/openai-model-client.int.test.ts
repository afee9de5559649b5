// Against @copilotkit/aimock, a server nobody on the project wrote.

import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ModelDelta } from '../ports/model-client.ts';
import { messageOf, shownOf } from './fixtures/stream-shape.ts';
import { createOpenAiModelClient } from './openai-model-client.ts';

const mock = new LLMock({ port: 0, strict: true });
beforeAll(async () => {
  await mock.start();
});
afterAll(async () => {
  await mock.stop();
});
beforeEach(() => {
  mock.clearFixtures();
});

async function ask(input: string) {
  const client = createOpenAiModelClient({ endpoint: () => ({ baseUrl: `${mock.url}/v1`, apiKey: 'unused' }) });
  const messages = [{ role: 'user', content: input }];
  const body = JSON.stringify({ model: 'qwen3', messages, stream: true, stream_options: { include_usage: true } });
  const deltas: ModelDelta[] = [];
  const request = { model: 'm', body, splitThink: false };
  const outcome = await client.call(request, new AbortController().signal, (delta) => deltas.push(delta));
  return { outcome, deltas };
}

describe('a mock model server', () => {
  it('answers with text, counts and its name for the model', async () => {
    mock.addFixture({ match: { userMessage: 'hi' }, response: { content: 'Hello there, friend' } });

    const { outcome, deltas } = await ask('hi');

    expect(outcome).toMatchObject({ type: 'responded', finishReason: 'stop', reportedModel: 'qwen3' });
    expect(outcome).toMatchObject({ message: { content: 'Hello there, friend', toolCalls: [] } });
    expect(outcome).toMatchObject({ usage: { promptTokens: expect.any(Number), completionTokens: expect.any(Number) } });
    expect(messageOf(deltas)).toEqual(shownOf(outcome));
  });

  it('answers with reasoning before text', async () => {
    mock.addFixture({ match: { userMessage: 'why' }, response: { reasoning: 'Let me think.', content: 'Because.' } });

    const { outcome } = await ask('why');

    expect(outcome).toMatchObject({
      message: { content: 'Because.', reasoning: 'Let me think.', reasoningField: 'reasoning_content' },
    });
  });

  it('asks for two tools at once', async () => {
    const toolCalls = [
      { id: 'call_a', name: 'fs__read', arguments: '{"path":"/a"}' },
      { id: 'call_b', name: 'fs__read', arguments: '{"path":"/b"}' },
    ];
    mock.addFixture({ match: { userMessage: 'two tools' }, response: { reasoning: 'R', content: '', toolCalls } });

    const { outcome, deltas } = await ask('two tools');

    expect(outcome).toMatchObject({
      type: 'responded',
      finishReason: 'tool_calls',
      message: { reasoning: 'R', toolCalls: toolCalls.map(({ id, ...call }) => ({ providerId: id, ...call })) },
    });
    expect(messageOf(deltas)).toEqual(shownOf(outcome));
  });

  it('limits the rate and says when to come back', async () => {
    mock.addFixture({
      match: { userMessage: 'busy' },
      response: { error: { message: 'Rate limited', type: 'rate_limit_error' }, status: 429, retryAfter: 3 },
    });

    const { outcome } = await ask('busy');

    expect(outcome).toEqual({
      type: 'failed',
      failure: { kind: 'rate_limited', status: 429, message: 'the model server answered 429: Rate limited', retryAfterMs: 3000 },
    });
  });

  it('is unavailable to a request it does not know', async () => {
    const { outcome } = await ask('unknown');

    expect(outcome).toMatchObject({ type: 'failed', failure: { kind: 'unavailable', status: 503 } });
  });

  it('breaks off in the midst of an answer', async () => {
    const content = 'This answer is long enough for several chunks, of which only some arrive before the end.';
    mock.addFixture({ match: { userMessage: 'long' }, response: { content }, truncateAfterChunks: 3, latency: 10 });

    const { outcome } = await ask('long');

    if (outcome.type !== 'failed') expect.fail('the answer was cut, yet it counts as whole');
    expect(['stream_incomplete', 'unavailable']).toContain(outcome.failure.kind);
    expect(content.startsWith(outcome.partial?.content ?? '-')).toBe(true);
  });
});
