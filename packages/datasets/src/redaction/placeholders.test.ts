import { describe, expect, it } from 'vitest';
import { createRedactor } from './redactor.ts';

const token = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;
const other = `ghp_${'f6E5d4C3b2A1'.repeat(3)}`;
const redactor = createRedactor({ secrets: ['correct horse battery'], key: 'a key' });
const placeholders = (row: Readonly<Record<string, unknown>>, of = redactor): readonly string[] => [
  ...new Set(JSON.stringify(of.redact(row).row).match(/\[redacted-[^\]]*\]/g)),
];

describe('a placeholder', () => {
  it('is the same for one secret, wherever and beside whatever it stands', () => {
    const found = [
      placeholders({ a: token }),
      placeholders({ b: `Authorization: Bearer ${token}` }),
      placeholders({ token }),
      placeholders({ c: `https://me:${token}@example.com` }),
      placeholders({ d: { password: token } }),
      placeholders({ [token]: 1 }),
    ];
    expect(new Set(found.flat()).size).toBe(1);
    expect(placeholders({ a: `${other} and ${token}` })[1]).toBe(found[0]?.[0]);
    expect(placeholders({ a: 'hunter-2000', password: 'hunter-2000', b: 'pwd=hunter-2000' })).toHaveLength(1);
  });

  it('is never shared by two secrets, in one row or in two', () => {
    const words = Array.from({ length: 500 }, (_, index) => `hunter-${index}`);
    expect(new Set(words.flatMap((password) => placeholders({ password }))).size).toBe(500);
    expect(placeholders({ a: token })).not.toEqual(placeholders({ a: other }));
  });

  it('cannot be told without the key of the log, and is the same with it', () => {
    const elsewhere = createRedactor({ secrets: ['correct horse battery'], key: 'another key' });
    expect(placeholders({ password: 'summer' }, elsewhere)).not.toEqual(placeholders({ password: 'summer' }));
    const again = createRedactor({ secrets: ['x-unused-secret', 'correct horse battery'], key: 'a key' });
    expect(placeholders({ a: 'correct horse battery' }, again)).toEqual(placeholders({ a: 'correct horse battery' }));
  });

  it('leaves JSON that it stands in JSON, numbers included', () => {
    const { row } = redactor.redact({
      password: 12_345_678,
      pin: 1,
      a: '{"api_key": 87654321, "n": 5, "deep": "{\\"secret\\": 4455667788}"}',
    });
    const { password, pin, a } = row as { password: string; pin: number; a: string };
    expect(password).toMatch(/^\[redacted-secret-/);
    expect(pin).toBe(1);
    const parsed = JSON.parse(a) as { api_key: string; n: number; deep: string };
    expect(parsed).toMatchObject({ api_key: expect.stringMatching(/^\[redacted/), n: 5 });
    expect(JSON.parse(parsed.deep)).toEqual({ secret: expect.stringMatching(/^\[redacted/) });
  });

  it('stands for a secret whose name stands in the value of another one', () => {
    const texts = [
      `curl 'https://h/x?client_secret=hunter-2000&n=1'`,
      'failed: password: hunter-2000',
      'a=b; url: h?pwd=hunter-2000',
    ];
    for (const text of texts) expect(JSON.stringify(redactor.redact({ text }).row), text).not.toContain('hunter-2000');
  });

  it('stands wherever a row repeats what a name gave away, before it or after it', () => {
    const { row, hits } = redactor.redact({
      prompt: 'Is it hunter-2000?',
      call: { password: 'hunter-2000' },
      result: 'Welcome, hunter-2000! A production system.',
      other: { password: 'production' },
    });
    expect(JSON.stringify(row)).not.toContain('hunter-2000');
    expect((row as { result: string }).result).toContain('A production system.');
    expect(new Set(hits.filter(({ field }) => !field.startsWith('other')).map(({ placeholder }) => placeholder)).size).toBe(1);
    expect(hits.map(({ field, kind }) => `${field} ${kind}`)).toContain('prompt repeated');
    expect(redactor.redact(row).hits).toEqual([]);
  });

  it('stands for a secret that is a name, in the report too', () => {
    const { row, hits } = redactor.redact({ a: { [token]: { [token]: 'x' } } });
    expect(JSON.stringify([row, hits])).not.toContain(token);
    expect(hits).toHaveLength(2);
  });
});
