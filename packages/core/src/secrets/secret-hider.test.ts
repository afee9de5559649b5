import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSecretHider } from './secret-hider.ts';

const secret = 'pa$$ "wörd"/🙂';

describe('hiding known secrets', () => {
  it.each<[string, string]>([
    ['as it is', secret],
    ['in JSON', JSON.stringify({ a: secret })],
    ['in JSON in JSON', JSON.stringify(JSON.stringify({ a: secret }))],
    ['in a URL', `https://host.test/?key=${encodeURIComponent(secret)}`],
    ['in a form', new URLSearchParams({ key: secret }).toString()],
    ['in hex', Buffer.from(secret).toString('hex')],
    ['in base64', Buffer.from(`user:${secret}`).toString('base64')],
    ['in base64url', Buffer.from(`a${secret}b`).toString('base64url')],
  ])('finds one %s', (_, text) => {
    const hidden = createSecretHider([secret]).text(text);
    expect(hidden).toContain('[redacted]');
    expect(hidden).not.toContain('wörd');
  });

  it('hides every string of a value, and names of fields', () => {
    const hide = createSecretHider(['secret-1', 'secret-2']);

    expect(hide.value({ a: ['x secret-1', 1, null], 'secret-2': { b: true } })).toEqual({
      a: ['x [redacted]', 1, null],
      '[redacted]': { b: true },
    });
  });

  it('gives back the very value where there is nothing to hide', () => {
    const value = { a: ['x', { b: null }] };

    expect(createSecretHider(['secret-1']).value(value)).toBe(value);
  });

  it('hides the whole of a secret that holds another, and leaves short ones alone', () => {
    const hide = createSecretHider(['secret', 'my-secret-1', 'true']);

    expect(hide.text('my-secret-1 is true, secret')).toBe('[redacted] is true, [redacted]');
  });

  it('finds any secret in the base64 of any text around it, as Node encodes it', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 6, maxLength: 30 }).filter((value) => value.length >= 6);
    fc.assert(
      fc.property(text, fc.string(), fc.string(), (planted, before, after) => {
        const hidden = createSecretHider([planted]).text(Buffer.from(`${before}${planted}${after}`).toString('base64'));
        expect(hidden).toContain('[redacted]');
      }),
      { numRuns: 200 },
    );
  });
});
