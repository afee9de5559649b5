import { describe, expect, it } from 'vitest';
import { guessProfile, modelProfiles } from './model-profiles.ts';
import { createModelDirectory, type ModelFlags } from './models.ts';
import type { ConfiguredModel } from './read-models.ts';

interface Given {
  readonly models?: Record<string, ConfiguredModel>;
  readonly openai?: { apiKey?: string; baseUrl?: string; model?: string };
  readonly variables?: Record<string, string>;
  readonly flags?: ModelFlags;
}

const directory = ({ models = {}, openai = {}, variables = {}, flags }: Given) =>
  createModelDirectory(
    { models },
    { openai: { apiKey: openai.apiKey, baseUrl: openai.baseUrl, model: openai.model }, variables },
    flags,
  );

const local: ConfiguredModel = { baseUrl: 'http://localhost:8000/v1', model: 'Qwen/Qwen3', params: { temperature: 0 } };

describe('the default model', () => {
  it.each([
    ['gpt-4o where nothing is said', {}, 'gpt-4o'],
    ['the first in models', { models: { b: local, a: local } }, 'b'],
    ['OPENAI_MODEL before models', { models: { b: local }, openai: { model: 'x' } }, 'x'],
    ['the flag before all', { models: { b: local }, openai: { model: 'x' }, flags: { model: 'y' } }, 'y'],
  ] satisfies [string, Given, string][])('is %s', (_, given, expected) => {
    expect(directory(given).resolve()?.name).toBe(expected);
  });
});

describe('a name', () => {
  it('of a configured model gives its settings', () => {
    expect(directory({ models: { local } }).resolve('local')).toEqual({
      name: 'local',
      model: 'Qwen/Qwen3',
      params: { temperature: 0 },
      profile: modelProfiles.vllm,
    });
  });

  it('that is the default goes to the default endpoint under itself', () => {
    expect(directory({ openai: { model: 'x', baseUrl: 'http://h/v1' } }).resolve('x')).toEqual({
      name: 'x',
      model: 'x',
      params: {},
      profile: modelProfiles.default,
    });
  });

  it.each(['gpt-4', '', 'toString', '__proto__'])('%j that is neither means nothing', (name) => {
    const known = directory({ models: { local }, openai: { apiKey: 'k' } });

    expect(known.resolve(name)).toBeUndefined();
    expect(known.endpointOf(name)).toBeUndefined();
  });
});

describe('an endpoint', () => {
  it.each([
    ['OpenAI with a key', { openai: { apiKey: 'k' } }, { baseUrl: 'https://api.openai.com/v1', apiKey: 'k' }],
    ['nothing where OpenAI has no key', {}, undefined],
    ['another server without a key', { openai: { baseUrl: 'http://h/v1' } }, { baseUrl: 'http://h/v1' }],
    [
      'the flags before the environment',
      { openai: { apiKey: 'k', baseUrl: 'http://h' }, flags: { baseUrl: 'http://f', apiKey: 'j' } },
      { baseUrl: 'http://f', apiKey: 'j' },
    ],
    [
      'the key of the environment at the URL of a flag',
      { openai: { apiKey: 'k' }, flags: { baseUrl: 'http://f' } },
      { baseUrl: 'http://f', apiKey: 'k' },
    ],
  ] satisfies [string, Given, unknown][])('of the default model is %s', (_, given, expected) => {
    expect(directory(given).endpointOf('gpt-4o')).toEqual(expected);
  });

  it.each([
    [
      'has no key of its own: the default key stays at home',
      { models: { m: local }, openai: { apiKey: 'k' } },
      { baseUrl: local.baseUrl },
    ],
    [
      'names the variable of its key',
      { models: { m: { ...local, apiKeyEnv: 'K' } }, variables: { K: 'v' } },
      { baseUrl: local.baseUrl, apiKey: 'v' },
    ],
    [
      'is at the default endpoint',
      { models: { m: { model: 'x', params: {} } }, openai: { apiKey: 'k' } },
      { baseUrl: 'https://api.openai.com/v1', apiKey: 'k' },
    ],
    [
      'says its timeouts',
      { models: { m: { ...local, timeouts: { idleMs: 5, totalMs: undefined } } } },
      { baseUrl: local.baseUrl, timeouts: { idleMs: 5 } },
    ],
    [
      'is the default and a flag says another URL',
      { models: { m: local }, flags: { baseUrl: 'http://f/v1' } },
      { baseUrl: 'http://f/v1' },
    ],
    [
      'is not the default, whatever a flag says',
      { models: { a: local, m: local }, flags: { baseUrl: 'http://f/v1', apiKey: 'j' } },
      { baseUrl: local.baseUrl },
    ],
  ] satisfies [string, Given, unknown][])('of a configured model that %s', (_, given, expected) => {
    expect(directory(given).endpointOf('m')).toEqual(expected);
  });
});

describe('a base URL on the command line', () => {
  it('is refused where it is none', () => {
    expect(() => directory({ flags: { baseUrl: 'localhost:8000' } })).toThrow(/--base-url: got .*, takes an http/);
  });

  it('may end in a slash', () => {
    expect(directory({ flags: { baseUrl: 'http://f/v1/' } }).endpointOf('gpt-4o')?.baseUrl).toBe('http://f/v1');
  });
});

describe('the list', () => {
  it('begins with the default and says what can be used', () => {
    expect(directory({ models: { a: local, b: { model: 'gpt-5', params: {} } }, openai: { model: 'b' } }).list()).toEqual([
      { name: 'b', model: 'gpt-5', isDefault: true, isUsable: false },
      { name: 'a', model: 'Qwen/Qwen3', isDefault: false, isUsable: true },
    ]);
  });
});

describe('a profile', () => {
  it.each([
    ['https://api.openai.com/v1', 'openai'],
    ['https://x.openai.azure.com/openai/v1', 'azure'],
    ['https://openrouter.ai/api/v1', 'openrouter'],
    ['https://api.deepseek.com/v1', 'deepseek'],
    ['https://api.groq.com/openai/v1', 'groq'],
    ['https://api.together.xyz/v1', 'together'],
    ['http://localhost:8000/v1', 'vllm'],
    ['https://0abc-8000.proxy.example.net/v1', 'vllm'],
    ['http://10.0.0.1:30000/v1', 'sglang'],
    ['http://localhost:8080/v1', 'llamacpp'],
    ['http://localhost:11434/v1', 'ollama'],
    ['http://localhost:1234/v1', 'lmstudio'],
    ['https://models.example.org/v1', 'default'],
    ['https://notopenai.com/v1', 'default'],
  ])('for %s is guessed as %s', (url, expected) => {
    expect(guessProfile(url)).toBe(expected);
  });

  it.each([
    ['by its name', 'ollama', modelProfiles.ollama],
    ['by single keys over the guessed one', { streamUsage: false }, { ...modelProfiles.vllm, streamUsage: false }],
    [
      'by single keys over a named one',
      { extends: 'openai', sendReasoningOf: 'all' },
      { ...modelProfiles.openai, sendReasoningOf: 'all' },
    ],
  ] satisfies [string, ConfiguredModel['profile'], unknown][])('is chosen %s', (_, profile, expected) => {
    expect(directory({ models: { m: { ...local, profile } } }).resolve('m')?.profile).toEqual(expected);
  });
});
