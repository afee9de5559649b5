import type { Delta } from '@turnlog/core';
import { describe, expect, it } from 'vitest';
import { createDeltaBuffer, cutDelta } from './coalesce-deltas.ts';

const delta = (seq: number, change: Partial<Delta>): Delta => ({ step: 1, attempt: 1, seq, ...change });

const joined = (...deltas: Delta[]) => {
  const buffer = createDeltaBuffer();
  for (const one of deltas) buffer.add('a', one);
  return buffer.takeAll().map(([, one]) => one);
};

describe('waiting deltas', () => {
  it('become one with the latest number', () => {
    expect(joined(delta(0, { reasoning: 'r' }), delta(1, { content: 'a' }), delta(2, { content: 'b' }))).toEqual([
      delta(2, { content: 'ab', reasoning: 'r' }),
    ]);
  });

  it('keep the latest progress of a call', () => {
    const progress = (done: number) => ({ progress: { progress: done, total: 3, message: `step ${done}` } });
    expect(joined(delta(0, progress(1)), delta(1, progress(2)))).toEqual([delta(1, progress(2))]);

    const [cut] = cutDelta(delta(0, { progress: { progress: 1, message: 'long'.repeat(9_000) } }));
    expect(cut?.progress).toMatchObject({ progress: 1, message: expect.stringMatching(/^(long)+$/) });
    expect(JSON.stringify(cut).length).toBeLessThan(7_000);
  });

  it('of two calls, attempts or conversations stay apart', () => {
    const call = (seq: number, index: number, name?: string) =>
      delta(seq, { toolCall: { index, ...(name && { name }), arguments: `${seq}` } });
    expect(joined(call(0, 0, 'a'), call(1, 0), call(2, 1, 'b'), call(3, 0))).toEqual([
      delta(1, { toolCall: { index: 0, name: 'a', arguments: '01' } }),
      call(2, 1, 'b'),
      call(3, 0),
    ]);
    expect(joined(delta(0, { content: 'a' }), { ...delta(0, { content: 'b' }), attempt: 2 })).toHaveLength(2);
  });

  it('are taken once', () => {
    const buffer = createDeltaBuffer();
    buffer.add('a', delta(0, { content: 'x' }));
    buffer.add('b', delta(0, { content: 'x' }));
    expect(buffer.takeAll()).toHaveLength(2);
    expect(buffer.takeAll()).toEqual([]);
  });

  it('never outgrow a notification, whatever JSON makes of them', () => {
    const text = '\0\ud800'.repeat(9_000);
    const pieces = cutDelta(delta(4, { reasoning: text, toolCall: { index: 2, name: 'n', arguments: text } }));
    for (const piece of pieces) expect(Buffer.byteLength(JSON.stringify(piece))).toBeLessThan(7_900);
    expect(pieces.map(({ reasoning }) => reasoning ?? '').join('')).toBe(text);
    expect(pieces.map(({ toolCall }) => toolCall?.arguments ?? '').join('')).toBe(text);
    expect(pieces.filter(({ toolCall }) => toolCall?.name).map(({ seq }) => seq)).toEqual([4]);
  });
});
