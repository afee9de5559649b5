import type { AppendResult } from '@turnlog/core';
import { describe, expect, it } from 'vitest';
import type { EncodedAppend } from './encode-append.ts';
import type { RefusalRow } from './refusal-statement.ts';
import { settleRefused } from './settle-refused.ts';
import { takeBatch, type WaitingAppend, type WaitingChain } from './take-batch.ts';

interface Seen extends WaitingAppend {
  result?: AppendResult;
}

const waits = (conversationId: string, expectedVersion: number, commandId: string, change: Partial<WaitingAppend> = {}): Seen => {
  const append = {
    conversationId,
    expectedVersion,
    version: expectedVersion + 1,
    commandId,
    isCreation: expectedVersion === 0,
    bytes: 10,
  };
  const one: Seen = {
    append: { parent: null, ...append } as EncodedAppend,
    since: 0,
    isAlone: false,
    isUncertain: false,
    settle: (result) => {
      one.result = result;
    },
    reject: () => undefined,
    ...change,
  };
  return one;
};

const names = (appends: readonly WaitingAppend[]) => appends.map(({ append }) => append.commandId);
const batchOf = (waiting: readonly WaitingAppend[]) => {
  const { batch, left } = takeBatch(waiting);
  return { batch: batch.map(names), left: names(left) };
};

describe('a batch', () => {
  it('is everything that waits, one chain for each conversation', () => {
    const waiting = [waits('a', 3, '1'), waits('b', 0, '2'), waits('a', 4, '3'), waits('b', 1, '4')];
    expect(batchOf(waiting)).toEqual({
      batch: [
        ['1', '3'],
        ['2', '4'],
      ],
      left: [],
    });
  });

  it('leaves rivals and repeated commands for the next', () => {
    const waiting = [
      waits('a', 3, '1'),
      waits('a', 3, '2'),
      waits('a', 4, '1'),
      waits('a', 9, '3'),
      waits('b', 0, '4'),
      waits('b', 0, '5'),
    ];
    expect(batchOf(waiting)).toEqual({ batch: [['1'], ['4']], left: ['2', '1', '3', '5'] });
  });

  it('is one append where that one has to find out whether it is bad', () => {
    const waiting = [waits('a', 3, '1', { isAlone: true }), waits('b', 3, '2')];
    expect(batchOf(waiting)).toEqual({ batch: [['1']], left: ['2'] });
    const follower = waits('a', 4, '3');
    expect(batchOf([...[...waiting].reverse(), follower])).toEqual({ batch: [['2']], left: ['1', '3'] });
  });

  it('has an end', () => {
    const heavy = (id: string) => ({ ...waits(id, 3, id), append: { ...waits(id, 3, id).append, bytes: 9 * 1024 * 1024 } });
    expect(batchOf([heavy('a'), heavy('b'), waits('c', 1, 'c')])).toEqual({ batch: [['a']], left: ['b', 'c'] });
  });
});

const row = (change: Partial<RefusalRow>): RefusalRow => ({
  actual: 0,
  stored_at: null,
  fingerprint: null,
  parent_version: 0,
  is_founded: true,
  ...change,
});

describe('a chain that was not admitted', () => {
  const settle = (chain: [Seen, ...Seen[]], rows: RefusalRow[]) => ({
    again: names(settleRefused(chain as WaitingChain, rows)),
    results: chain.map(({ result }) => result),
  });

  it('falls with its first append', () => {
    const stale = row({ actual: 6 });
    expect(settle([waits('a', 5, '1'), waits('a', 6, '2')], [stale, stale])).toEqual({
      again: [],
      results: [
        { type: 'conflict', actual: 6 },
        { type: 'conflict', actual: 6 },
      ],
    });
  });

  it('is written again up to a command that was stored before', () => {
    const rows = [row({ actual: 5 }), row({ actual: 5, stored_at: 2, fingerprint: 'f' })];
    const chain = settle([waits('a', 5, '1'), waits('a', 6, '2')], rows);
    expect(chain).toEqual({ again: ['1'], results: [undefined, { type: 'duplicate', version: 2, fingerprint: 'f' }] });
  });

  it('was appended where the connection broke after its commit', () => {
    const lost = { isUncertain: true };
    const rows = [row({ actual: 7, stored_at: 6 }), row({ actual: 7, stored_at: 7 })];
    expect(settle([waits('a', 5, '1', lost), waits('a', 6, '2', lost)], rows).results).toEqual([
      { type: 'appended', version: 6 },
      { type: 'appended', version: 7 },
    ]);
    const elsewhere = settle([waits('a', 5, '1', lost)], [row({ actual: 7, stored_at: 2 })]);
    expect(elsewhere.results).toEqual([{ type: 'duplicate', version: 2 }]);
  });
});
