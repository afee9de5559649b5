import type { Failure } from '@turnlog/core';
import { describe, expect, it } from 'vitest';
import { type ModelProblem, modelFailure } from './model-failure.ts';

const nowMs = Date.parse('2026-11-01T12:00:00Z');
const context = { nowMs, host: 'localhost:8080', redact: (text: string) => text };
const answered = (status: number, body: unknown = '', headers: Record<string, string> = {}): ModelProblem => ({
  type: 'response',
  status,
  headers: new Headers(headers),
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const openAi = (message: string, rest: Record<string, unknown> = {}) => ({ error: { message, ...rest } });

describe('the kind of a failure', () => {
  it.each<[number, Failure['kind']]>([
    [302, 'invalid_request'],
    [400, 'invalid_request'],
    [401, 'unauthorized'],
    [402, 'invalid_request'],
    [403, 'unauthorized'],
    [404, 'not_found'],
    [408, 'unavailable'],
    [409, 'unavailable'],
    [413, 'invalid_request'],
    [422, 'invalid_request'],
    [425, 'unavailable'],
    [429, 'rate_limited'],
    [500, 'unavailable'],
    [502, 'unavailable'],
    [503, 'unavailable'],
    [504, 'unavailable'],
    [529, 'unavailable'],
  ])('of status %i is %s', (status, kind) => {
    expect(modelFailure(answered(status), context)).toMatchObject({ kind, status });
  });

  it.each<[string, number, unknown, Failure['kind']]>([
    [
      'Groq: what the model wrote',
      400,
      openAi('Failed to call a function.', { code: 'tool_use_failed', failed_generation: '<f>' }),
      'bad_output',
    ],
    [
      'Groq: too many tokens a minute',
      413,
      openAi('Request too large for model', { code: 'rate_limit_exceeded' }),
      'rate_limited',
    ],
    ['OpenAI: over the quota', 429, openAi('You exceeded your current quota', { code: 'insufficient_quota' }), 'rate_limited'],
    ['OpenAI: a limit that mentions the context', 429, openAi('maximum context length'), 'rate_limited'],
    ['vLLM: grammar', 400, openAi('JSON schema contains features not supported by xgrammar', { code: 400 }), 'invalid_request'],
    ['a number that exceeds something else', 400, openAi('temperature exceeds 2'), 'invalid_request'],
    ['an HTML page', 502, '<html><body>Bad Gateway</body></html>', 'unavailable'],
    ['Ollama: no such model', 404, openAi("model 'x' not found"), 'not_found'],
  ])('%s', (_name, status, body, kind) => {
    expect(modelFailure(answered(status, body), context).kind).toBe(kind);
  });

  it.each<[string, number, unknown]>([
    ['OpenAI, by code', 400, openAi('Too long.', { code: 'context_length_exceeded' })],
    [
      'OpenAI, by words',
      400,
      openAi("This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens."),
    ],
    ['OpenAI, newer words', 400, openAi('Your input exceeds the context window of this model.')],
    [
      'vLLM before 0.16, flat',
      400,
      { object: 'error', message: "This model's maximum context length is 8192 tokens.", type: 'BadRequestError', code: 400 },
    ],
    [
      'vLLM since 0.16',
      400,
      openAi("You passed 9001 input tokens and requested 0 output tokens. However, the model's context length is only 8192", {
        type: 'BadRequestError',
        code: 400,
      }),
    ],
    ['llama.cpp, by type', 400, openAi('too much', { type: 'exceed_context_size_error', code: 400 })],
    [
      'llama.cpp, by words',
      500,
      openAi('the request exceeds the available context size. try increasing the context size', { code: 500 }),
    ],
    [
      'SGLang',
      400,
      { object: 'error', message: "The input (9001 tokens) is longer than the model's context length (8192 tokens)." },
    ],
    ['Ollama', 400, { error: 'prompt too long; exceeded max context length by 5 tokens' }],
    ['Ollama, newer words', 400, openAi('the input length exceeds the context length')],
    ['LM Studio', 400, { error: 'Trying to keep the first 9001 tokens when context the overflows.' }],
    ['Groq', 400, openAi('Please reduce the length of the messages or completion.')],
    [
      'TGI',
      422,
      { error: 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096', error_type: 'validation' },
    ],
    [
      'Mistral',
      400,
      {
        object: 'error',
        message: 'Prompt contains 9001 tokens, too large for model with 8192 maximum context length',
        code: 3051,
      },
    ],
    ['Anthropic', 400, openAi('prompt is too long: 210000 tokens > 200000 maximum')],
    [
      'Gemini, in an array',
      400,
      [
        openAi('The input token count (9) exceeds the maximum number of tokens allowed (8).', {
          code: 400,
          status: 'INVALID_ARGUMENT',
        }),
      ],
    ],
    [
      'OpenRouter, quoting the provider',
      400,
      openAi('Provider returned error', { metadata: { raw: '{"message":"maximum context length is 8192"}' } }),
    ],
    ['FastAPI', 422, { detail: "This model's maximum context length is 8192 tokens" }],
  ])('of an overflow is known: %s', (_name, status, body) => {
    expect(modelFailure(answered(status, body), context).kind).toBe('context_overflow');
  });
});

describe('the cause of a failure', () => {
  it.each<[string, number, unknown, Failure['cause']]>([
    ['an empty account', 429, openAi('You exceeded your current quota', { code: 'insufficient_quota' }), 'quota_exhausted'],
    ['an empty account, by type', 403, openAi('x', { type: 'insufficient_quota' }), 'quota_exhausted'],
    ['too many requests', 429, openAi('slow down', { code: 'rate_limit_exceeded' }), undefined],
    ['Azure', 400, openAi('Unrecognized request argument supplied: stream_options'), 'stream_options_refused'],
    [
      'FastAPI',
      422,
      { detail: [{ loc: ['body', 'stream_options'], msg: 'extra fields not permitted' }] },
      'stream_options_refused',
    ],
    ['a server in trouble', 500, openAi('stream_options made it fall over'), undefined],
    ['another option', 400, openAi('upstream_options is wrong'), undefined],
  ])('is known: %s', (_name, status, body, cause) => {
    expect(modelFailure(answered(status, body), context).cause).toBe(cause);
  });
});

describe('what the server asks for', () => {
  it.each<[string, Record<string, string>, number | undefined]>([
    ['milliseconds', { 'retry-after-ms': '1500' }, 1500],
    ['milliseconds before seconds', { 'retry-after-ms': '1500', 'retry-after': '9' }, 1500],
    ['seconds', { 'retry-after': '2' }, 2000],
    ['part of a second', { 'retry-after': '0.25' }, 250],
    ['no delay', { 'retry-after': '0' }, 0],
    ['a date', { 'retry-after': 'Sun, 01 Nov 2026 12:00:30 GMT' }, 30_000],
    ['a date that has passed', { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 0],
    ['a word', { 'retry-after': 'soon' }, undefined],
    ['a negative number', { 'retry-after': '-5' }, undefined],
    ['a moment instead of a delay', { 'retry-after': '1793534400' }, undefined],
    ['milliseconds that are none, then seconds', { 'retry-after-ms': 'x', 'retry-after': '1' }, 1000],
    ['nothing', {}, undefined],
  ])('reads %s', (_name, headers, expected) => {
    expect(modelFailure(answered(429, '', headers), context).retryAfterMs).toBe(expected);
  });

  it.each([
    ['true', true],
    ['false', false],
    ['maybe', undefined],
  ])('reads x-should-retry: %s', (value, expected) => {
    expect(modelFailure(answered(400, '', { 'x-should-retry': value }), context).shouldRetry).toBe(expected);
  });
});

describe('a broken connection', () => {
  const broken = (code: string) => Object.assign(new Error(`connect ${code}`), { code });
  const outer = (cause: unknown) => new Error('Connection error.', { cause });

  it.each<[unknown, Partial<Failure>]>([
    [outer(broken('ECONNREFUSED')), { kind: 'unavailable', message: 'localhost:8080 refused the connection (ECONNREFUSED)' }],
    [
      outer(Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' })),
      { kind: 'unavailable', message: 'localhost:8080 refused the connection (ECONNREFUSED)' },
    ],
    [broken('ECONNRESET'), { kind: 'unavailable', message: 'localhost:8080 closed the connection (ECONNRESET)' }],
    [broken('ENOTFOUND'), { kind: 'unavailable', message: 'localhost:8080 is not known to the name server (ENOTFOUND)' }],
    [broken('ETIMEDOUT'), { kind: 'timeout', phase: 'connect' }],
    [
      broken('CERT_HAS_EXPIRED'),
      { kind: 'unavailable', message: 'localhost:8080 could not be used: connect CERT_HAS_EXPIRED (CERT_HAS_EXPIRED)' },
    ],
    [new TypeError('terminated'), { kind: 'unavailable', message: 'localhost:8080 could not be used: terminated' }],
    ['no error at all', { kind: 'unavailable', message: 'localhost:8080 could not be used: unknown error' }],
  ])('%s', (error, expected) => {
    expect(modelFailure({ type: 'network', error }, context)).toMatchObject(expected);
  });

  it('ends although an error is its own cause', () => {
    const error = new Error('round');
    error.cause = error;
    expect(modelFailure({ type: 'network', error }, context).kind).toBe('unavailable');
  });
});
