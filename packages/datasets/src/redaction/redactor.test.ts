import { createHash, randomUUID } from 'node:crypto';
import { secretForms } from '@turnlog/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from './redactor.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** The same words in every round: what fails once fails again. */
const random = (() => {
  let state = 42;
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
})();
const word = (length: number, alphabet = letters): string =>
  Array.from({ length }, () => alphabet[random(alphabet.length)]).join('');

const issued: readonly (() => string)[] = [
  () => `sk-proj-${word(40)}`,
  () => `sk-ant-api03-${word(40)}`,
  () => `hf_${word(34)}`,
  () => `ghp_${word(36)}`,
  () => `github_pat_${word(22)}_${word(30)}`,
  () => `glpat-${word(20)}`,
  () => `xoxb-${word(12, '0123456789')}-${word(24)}`,
  () => `AKIA${word(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}`,
  () => `AIza${word(35)}`,
  () => `sk_live_${word(24)}`,
  () => `npm_${word(36)}`,
  () => `eyJhbGciOiJIUzI1NiJ9.eyJ${word(20)}.${word(43)}`,
  () => `tvly-${word(30)}`,
  () => `gsk_${word(40)}`,
  () => `SG.${word(22)}.${word(43)}`,
];
const configured = Array.from({ length: 60 }, (_, index) => (index % 3 === 0 ? `pa$$ "${word(9)}"/ü` : word(20 + (index % 20))));

/** How each secret is written down, and the row it stands in. */
const places: readonly ((secret: string) => Readonly<Record<string, unknown>>)[] = [
  (secret) => ({ prompt: [{ role: 'user', content: `use ${secret} please` }] }),
  (secret) => ({ prompt: [{ role: 'tool', content: `{"result":"${secret}"}`, tool_call_id: 'c', name: 'read' }] }),
  (secret) => ({ completion: [{ role: 'assistant', content: '', reasoning_content: `The key is ${secret}.` }] }),
  (secret) => ({
    completion: [
      { role: 'assistant', content: '', tool_calls: [{ function: { name: 'f', arguments: { deep: [{ [secret]: secret }] } } }] },
    ],
  }),
  (secret) => ({ messages: [{ tool_calls: [{ function: { arguments: JSON.stringify({ q: secret, n: 1 }) } }] }] }),
  (secret) => ({ messages: [{ content: `GET https://api.example.com/v1?key=${encodeURIComponent(secret)}&x=1 failed: 403` }] }),
  (secret) => ({ tools: [{ type: 'function', function: { name: 'f', description: `example: ${secret}` } }], tags: [secret] }),
];

const configuredForms: readonly ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => Buffer.from(`user:${secret}`).toString('base64'),
  (secret) => Buffer.from(`a${secret}bc`).toString('base64url'),
  (secret) => Buffer.from(secret).toString('hex'),
];

const redactor = createRedactor({ secrets: configured, key: 'k' });

describe('redaction', () => {
  it('leaves none of 200 planted secrets in any field', () => {
    const planted = [
      ...configured.flatMap((secret, index) => {
        const write = configuredForms[index % configuredForms.length] ?? String;
        return [
          { secret, written: write(secret) },
          { secret, written: secret },
        ];
      }),
      ...Array.from({ length: 80 }, (_, index) => issued[index % issued.length]?.() ?? '').map((secret) => ({
        secret,
        written: secret,
      })),
    ];
    expect(planted).toHaveLength(200);
    const left = planted.flatMap(({ secret, written }, index) => {
      const place = places[index % places.length];
      const { row, hits } = redactor.redact(place?.(written) ?? {});
      const text = JSON.stringify(row);
      const isLeft = [written, encodeURIComponent(written), ...secretForms(secret)].some((form) => text.includes(form));
      return isLeft || hits.length === 0 ? [{ written, text }] : [];
    });
    expect(left).toEqual([]);
  });

  it('takes out what stands under a telling name, in objects and in text', () => {
    const { row } = redactor.redact({
      a: { password: 'summer', DB_PASSWORD: 'autumn', apiKey: 'k-1234', nested: { client_secret: 'winter' } },
      b: 'PGPASSWORD=hunter2 psql',
      c: '{"config": "{\\"access_token\\": \\"abcd-efgh\\"}"}',
      d: 'Authorization: Bearer abcdefghijklmnop',
      e: 'postgres://turnlog:s3cret!@db:5432/x',
    });
    expect(JSON.stringify(row)).not.toMatch(/summer|autumn|k-1234|winter|hunter2|abcd-efgh|abcdefghijklmnop|s3cret/);
    expect(JSON.stringify(row)).toContain('postgres://turnlog:[redacted-secret-');
    expect(JSON.parse((row as { c: string }).c)).toBeTypeOf('object');
  });

  it('gives one secret one placeholder in all forms, and another one another', () => {
    const secret = 'correct horse battery';
    const { row, hits } = createRedactor({ secrets: [secret], key: 'k' }).redact({
      a: secret,
      b: Buffer.from(secret).toString('base64'),
      c: `hf_${'a1B2'.repeat(6)} and ${secret}`,
    });
    const placeholder = (row as { a: string }).a;
    expect(placeholder).toMatch(/^\[redacted-configured-[0-9a-f]{12}\]$/);
    expect(row).toMatchObject({ c: expect.stringMatching(/^\[redacted-hugging-face-token-[0-9a-f]{12}\] and /) });
    expect((row as { c: string }).c).toContain(` and ${placeholder}`);
    expect((row as { b: string }).b).toContain(placeholder);
    expect(hits.map(({ field }) => field)).toEqual(['a', 'b', 'c', 'c']);
    expect(JSON.stringify(hits)).not.toContain('horse');
  });

  it('leaves a schema, a stand-in and an empty value alone', () => {
    const row = {
      tools: [
        { parameters: { properties: { password: { type: 'string' }, token: { type: 'string' } }, required: ['password'] } },
      ],
      text: 'export OPENAI_API_KEY=<your key>; password=${PASSWORD}; token: none; usage: 12 tokens; secret: "***"',
    };
    expect(redactor.redact(row)).toEqual({ row, hits: [] });
  });

  it('finds nothing in at least 99 of 100 results of identifiers, digests, base64 and paths', () => {
    const sha = (algorithm: string) => createHash(algorithm).update(word(12)).digest('hex');
    const pieces: readonly (() => string)[] = [
      () => `id: ${randomUUID()}`,
      () => `"key": "${randomUUID()}"`,
      () => `commit ${sha('sha1')}`,
      () => `sha256:${sha('sha256')}  ./dist/${word(8)}.js`,
      () => `"integrity": "sha512-${createHash('sha512').update(word(9)).digest('base64')}"`,
      () => `data:image/png;base64,${Buffer.from(word(90)).toString('base64')}`,
      () => `/home/${word(6)}/src/${word(10)}/index-${word(8)}.tsx:12:4`,
      () => `C:\\Users\\${word(7)}\\AppData\\Local\\${word(9)}`,
      () => `etag: W/"${word(27)}"`,
      () => `https://example.com/${word(12)}?page=2&session=${random(99)}`,
      () => `{"nextCursor":"${Buffer.from(word(30)).toString('base64url')}","tokens":${random(9999)}}`,
      () => `2026-11-22T10:00:00.000Z INFO request ${word(16)} took ${random(999)} ms`,
    ];
    const flagged = Array.from({ length: 1_000 }, () =>
      Array.from({ length: 6 }, () => pieces[random(pieces.length)]?.()).join('\n'),
    ).filter((content) => redactor.redact({ messages: [{ role: 'tool', content }] }).hits.length > 0);
    expect(flagged.length).toBeLessThanOrEqual(10);
  });

  it('changes nothing but what it reports, and the second time finds nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const { row, hits } = redactor.redact({ value });
        if (hits.length === 0) expect(row).toEqual({ value });
        expect(redactor.redact(row).hits).toEqual([]);
      }),
    );
  });

  it('searches text that was made to be slow in time', { timeout: 2_000 }, () => {
    for (const text of [
      'a'.repeat(100_000),
      'a:'.repeat(50_000),
      'secret '.repeat(15_000),
      'https://'.repeat(12_000),
      '-----BEGIN PRIVATE KEY-----'.repeat(300),
    ])
      redactor.redact({ text });
  });
});
