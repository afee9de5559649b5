import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addFilterFlags, addRowFlags, type FilterFlags, type RowFlags } from './dataset-flags.ts';
import { requestOf } from './dataset-request.ts';
import { mostTokens } from './token-limit.ts';

const flagsOf = (...words: string[]): FilterFlags & RowFlags =>
  addRowFlags(addFilterFlags(new Command().exitOverride().configureOutput({ writeErr: () => {} })))
    .parse(words, { from: 'user' })
    .opts();
const asked = (...words: string[]) => requestOf('sft', undefined, flagsOf(...words));

describe('the flags of a dataset', () => {
  it('ask for everything, as it was sent, where none is given', () => {
    expect(asked()).toEqual({
      format: 'sft',
      filter: {},
      content: {},
      rows: { promptReasoning: 'as-sent', includeSuperseded: false },
      onSecret: 'redact',
    });
  });

  it('choose by what a list knows; ids, tags and models may be given again', () => {
    expect(asked('--id', 'a', '--id', 'b', '--tag', 'x', '--tag', 'y', '--model', 'm', 'n').filter).toEqual({
      ids: ['a', 'b'],
      tags: ['x', 'y'],
      models: ['m', 'n'],
    });
    expect(
      asked('--rating', '-1', '--since', '2026-01-02', '--until', '2026-02-03T04:05:06Z', '--q', 'hi', '--phase', 'idle').filter,
    ).toEqual({
      rating: -1,
      since: '2026-01-02T00:00:00.000Z',
      until: '2026-02-03T04:05:06.000Z',
      q: 'hi',
      phase: 'idle',
    });
  });

  it('choose by what a conversation says', () => {
    const words = [
      '--server-name',
      'files',
      'web',
      '--min-turns',
      '2',
      '--max-turns',
      '9',
      '--min-usage',
      '10',
      '--max-usage',
      '500',
    ];
    expect(asked(...words, '--no-errors', '--text', 'alpha').content).toEqual({
      servers: ['files', 'web'],
      minTurns: 2,
      maxTurns: 9,
      minTokens: 10,
      maxTokens: 500,
      noErrors: true,
      text: 'alpha',
    });
  });

  it('say what rows are like', () => {
    const words = ['--prompt-reasoning', 'none', '--include-superseded', '--compat', 'strings', '--on-secret', 'exclude'];
    expect(asked(...words, '--keep-duplicates', '--test', '0.1', '--seed', 's', '--shards', '4')).toMatchObject({
      rows: { promptReasoning: 'none', includeSuperseded: true, compat: 'strings' },
      onSecret: 'exclude',
      keepDuplicates: true,
      test: 0.1,
      seed: 's',
      shards: 4,
    });
  });

  it.each([
    ['--since', 'yesterday', /--since got "yesterday", takes an ISO time/],
    ['--min-turns', '-1', /--min-turns got "-1", takes a whole number from 0/],
    ['--max-usage', 'many', /--max-usage got "many", takes a whole number/],
    ['--test', '1.5', /--test got "1.5", takes a share/],
    ['--shards', '0', /--shards got "0", takes a whole number from 1/],
  ])('%s %s is refused by its name', (flag, value, message) => {
    expect(() => asked(`${flag}=${value}`)).toThrow(message);
  });

  it('count tokens only with a tokenizer', () => {
    expect(mostTokens({})).toBeUndefined();
    expect(mostTokens({ maxTokens: '8192', tokenizer: 'q' })).toBe(8192);
    expect(() => mostTokens({ maxTokens: '8192' })).toThrow(/--max-tokens needs --tokenizer/);
    expect(() => mostTokens({ maxTokens: '0', tokenizer: 'q' })).toThrow(/--max-tokens got "0", takes a whole number from 1/);
  });
});
