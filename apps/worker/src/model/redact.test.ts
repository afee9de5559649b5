import { describe, expect, it } from 'vitest';
import { modelFailure } from './model-failure.ts';
import { createRedactor } from './redact.ts';

describe('the message of a failure', () => {
  const endpoint = {
    baseUrl: 'https://us%20er:pa%20ss@models.test/v1?api-key=query-secret',
    apiKey: 'sk-abc123secret',
    headers: { Authorization: 'Custom header-secret-1', 'X-Token': 'header-secret-2' },
  };
  const secrets = [
    'sk-abc123secret',
    'header-secret-1',
    'header-secret-2',
    'query-secret',
    'pa%20ss',
    'pa ss',
    'dXMgZXI6cGEgc3M=',
  ];
  const said = (text: string) => {
    const body = JSON.stringify({ error: { message: text } });
    const context = { nowMs: 0, host: 'models.test', redact: createRedactor(endpoint) };
    return modelFailure({ type: 'response', status: 401, headers: new Headers(), body }, context).message;
  };

  it.each(secrets)('never holds %s', (secret) => {
    expect(said(`no: "${secret}" (${secret}), twice`)).toBe(
      'the model server answered 401: no: "[redacted]" ([redacted]), twice',
    );
  });

  it.each([
    ['Incorrect API key provided: sk-abc1********cret.', 'Incorrect API key provided: [redacted].'],
    ['bad header Authorization: Bearer other-token', 'bad header Authorization: Bearer [redacted]'],
    ['see https://me:you@host.test/a?key=1&b=2 now', 'see https://[redacted]@host.test/a?[redacted] now'],
  ])('hides what looks like a credential: %s', (text, expected) => {
    expect(said(text)).toBe(`the model server answered 401: ${expected}`);
  });

  it('hides a key where the message is cut', () => {
    const text = `${'x'.repeat(960)} ${endpoint.apiKey}`;
    expect(said(text)).not.toContain('sk-');
  });

  it('is at most 1000 characters long', () => {
    expect(said('x'.repeat(50_000))).toHaveLength(1000);
  });

  it.each(['x'.repeat(64_000), 'a://'.repeat(16_000), 'http://a@'.repeat(7_000), 'Bearer '.repeat(9_000)])(
    'is quick to write for hostile text',
    (text) => {
      const startedAt = performance.now();
      createRedactor(endpoint)(text);
      expect(performance.now() - startedAt).toBeLessThan(1000);
    },
  );

  it('hides the whole of a secret that holds another', () => {
    const redact = createRedactor({ ...endpoint, apiKey: 'abc', headers: { 'X-Token': 'xxabcxxabcxx' } });
    expect(redact('token xxabcxxabcxx')).toBe('token [redacted]');
  });

  it('hides secrets of other parts, and all of them in other forms', () => {
    const redact = createRedactor(endpoint, ['of-a-tool-7']);
    const encoded = Buffer.from('ada:of-a-tool-7').toString('base64');
    expect(redact(`of-a-tool-7 ${encodeURIComponent('header-secret-1')}`)).toBe('[redacted] [redacted]');
    expect(redact(encoded)).not.toContain(encoded.slice(6, -4));
  });

  it('leaves other text alone', () => {
    expect(said('no such model')).toBe('the model server answered 401: no such model');
  });
});
