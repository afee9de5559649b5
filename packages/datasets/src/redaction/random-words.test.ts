import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { randomWordsIn } from './random-words.ts';
import { createRedactor } from './redactor.ts';

/** The same bytes in every round: what fails once fails again. */
const bytes = (() => {
  let count = 0;
  return (length: number): Buffer => {
    const parts: Buffer[] = [];
    for (let have = 0; have < length; have += 32) parts.push(createHash('sha256').update(`bytes ${count++}`).digest());
    return Buffer.concat(parts).subarray(0, length);
  };
})();
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const word = (length: number): string => [...bytes(length)].map((byte) => letters[byte % letters.length]).join('');
const pick = <Value>(values: readonly Value[]): Value => values[(bytes(1)[0] ?? 0) % values.length] as Value;

const share = (make: () => string): number => {
  const texts = Array.from({ length: 200 }, make);
  return texts.filter((text) => randomWordsIn(text).length > 0).length / texts.length;
};

describe('a random word alone', () => {
  it.each([
    ['of letters and digits, 30 of them', () => `Use ${word(30)} for the staging machine.`],
    ['as url-safe generators make it', () => `It answered: ${bytes(32).toString('base64url')}`],
    ['with the prefix of a key', () => `token acme_sk_live_${word(32)} works`],
    ['under a name that says nothing', () => `STAGING_ACCESS=${word(35)}`],
    ['a password of a generator', () => `log in as root with ${word(6)}!${word(4)}7#${word(5)}$`],
  ])('is found: %s', (_, make) => {
    expect(share(make)).toBeGreaterThan(0.9);
  });

  it.each([
    ['identifiers of calls and answers', () => `call_${word(24)} chatcmpl-${word(29)} req_${word(24)} toolu_01${word(22)}`],
    ['base64, padded or not', () => bytes(24 + ((bytes(1)[0] ?? 0) % 60)).toString('base64')],
    ['base64url of text', () => Buffer.from(`{"after":"${word(12)}","n":3}`).toString('base64url')],
    [
      'entity tags, digests and cursors',
      () => `"etag":"${word(27)}" "pageToken": "${word(43)}" sha=${word(30)} "blob_id": "${word(30)}"`,
    ],
    [
      'paths and addresses',
      () => `/srv/${word(30)}/x /usr/lib/${word(26)}.so https://example.com/${word(26)}?page=2 C:\\t\\${word(26)}`,
    ],
    [
      'names in code',
      () => 'getUserAccountByIdV2ForTenant3 MAX_RETRY_COUNT_2024 my-long-branch-name-Q3-2024 createHttpServer2WithTls13',
    ],
    ['code with signs', () => '$scope.items[0]&&a!==b; grep -E "^[A-Z]{2}" ${HOME}/x @types/node@20.1.0 Foo#bar?'],
  ])('is left alone: %s', (_, make) => {
    expect(share(make)).toBeLessThanOrEqual(0.01);
  });
});

describe('redaction of results', () => {
  it('finds nothing in at least 99 of 100 that hold identifiers, digests, base64 of anything, and paths', () => {
    const sha = (algorithm: string, form: 'hex' | 'base64' = 'hex') => createHash(algorithm).update(bytes(8)).digest(form);
    const uuid = () => sha('sha1').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');
    const pieces: readonly (() => string)[] = [
      () => `{"id":"${uuid()}","parent":"${uuid().toUpperCase()}"}`,
      () => `${sha('sha1')} refs/heads/${word(8)}`,
      () => `sha256:${sha('sha256')} sha512-${sha('sha512', 'base64')} ${sha('md5', 'base64')}`,
      () => `{"image":"data:image/png;base64,${bytes(300).toString('base64')}"}`,
      () => `{"content":"${bytes(45).toString('base64')}","encoding":"base64"}`,
      () => bytes(24).toString('base64'),
      () => `iVBORw0KGgo${bytes(90).toString('base64')}`,
      () => `/home/${word(6)}/.cache/${sha('sha256')}/${word(32)}.bin`,
      () => `file:///tmp/${uuid()}/${word(12)}-${word(8)}.tar.gz C:\\Users\\${word(7)}\\AppData\\${word(24)}\\x.dll`,
      () => `s3://bucket/${word(24)}/part-0001 https://cdn.example.com/a/${word(40)}/index.js`,
      () => `node_modules/.pnpm/@scope+name@1.2.3_${word(26)}/node_modules`,
      () => `x-request-id: ${uuid()} traceparent: 00-${sha('md5')}-${sha('md5').slice(0, 16)}-01`,
    ];
    const redactor = createRedactor({ secrets: ['correct horse battery'], key: 'k' });
    const results = Array.from({ length: 1_000 }, () => Array.from({ length: 6 }, () => pick(pieces)()).join('\n'));
    const flagged = results.flatMap((content) => redactor.redact({ messages: [{ role: 'tool', content }] }).hits.slice(0, 1));
    expect(flagged.length).toBeLessThanOrEqual(10);
  });
});
