import { describe, expect, it } from 'vitest';
import { problemsOf, read, secret } from './testing/configuration-under-test.ts';

describe('a model', () => {
  it('goes by its own name where no other is given', () => {
    expect(read({ models: { 'gpt-5': {} } }).models).toEqual({ 'gpt-5': { model: 'gpt-5', params: {} } });
  });

  it('takes every key', () => {
    const model = {
      apiKeyEnv: 'TOKEN',
      model: 'Qwen/Qwen3-30B',
      params: { temperature: 0.6 },
      profile: { extends: 'vllm', streamUsage: false },
      limits: { maxTokens: 1000 },
      price: { input: 0.1, output: 0.4, cachedInput: 0.01 },
      timeouts: { idleMs: 5000 },
    };

    const { models, warnings } = read({ models: { local: { baseUrl: 'http://localhost:8000/v1/', ...model } } });

    expect(models.local).toEqual({ baseUrl: 'http://localhost:8000/v1', ...model });
    expect(warnings).toEqual([]);
  });

  it('whose key is not set loads, with a warning', () => {
    expect(read({ models: { m: { apiKeyEnv: 'NO_KEY' } } }).warnings).toEqual([
      'models.m.apiKeyEnv: the variable NO_KEY is not set; calls go without a key',
    ]);
  });

  it.each([
    [{ baseUrl: 'localhost:8000' }, 'models.m.baseUrl', /takes an http\(s\) URL/],
    [{ baseUrl: 'http://${NONE}/v1' }, 'models.m.baseUrl', /NONE is not set/],
    [{ apiKeyEnv: `sk-${secret}` }, 'models.m.apiKeyEnv', /never the key/],
    [{ apiKeyEnv: 'hf_hunter2hunter2' }, 'models.m.apiKeyEnv', /never the key/],
    [{ params: { messages: [] } }, 'models.m.params.messages', /is set by the engine itself/],
    [{ params: { n: 2 } }, 'models.m.params.n', /is set by the engine itself/],
    [{ params: { functions: [] } }, 'models.m.params.functions', /is set by the engine itself/],
    [{ params: { extra_body: { stream: false } } }, 'models.m.params.extra_body.stream', /is set by the engine itself/],
    [{ params: { extra_body: 'x' } }, 'models.m.params.extra_body', /takes an object/],
    [{ profile: { toolMedia: ['video'] } }, 'models.m.profile.toolMedia[0]', /image/],
    [{ profile: 'vlm' }, 'models.m.profile', /takes one of default, openai/],
    [{ profile: { sendReasoning: 'sometimes' } }, 'models.m.profile.sendReasoning', /none/],
    [{ limits: { maxSteps: 0 } }, 'models.m.limits.maxSteps', /0/],
    [{ price: { input: -1, output: 1 } }, 'models.m.price.input', /takes a number from 0/],
    [{ timeouts: { idle: 1 } }, 'models.m.timeouts', /idle/],
    [1, 'models.m', /takes an object/],
  ])('%j is refused', (model, path, message) => {
    const [problem] = problemsOf(JSON.stringify({ models: { m: model } }));

    expect(problem?.path).toBe(path);
    expect(problem?.message).toMatch(message);
  });
});
