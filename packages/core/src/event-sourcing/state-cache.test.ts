import { describe, expect, it } from 'vitest';
import { type ConversationState, initialState } from '../conversation/state.ts';
import { createStateCache } from './state-cache.ts';

const at = (version: number): ConversationState => ({ ...initialState, version });

describe('the state cache', () => {
  it('knows nothing at first', () => {
    const cache = createStateCache();

    expect(cache.tip('a')).toBeUndefined();
    expect(cache.committed('a')).toBeUndefined();
  });

  it('shows what is on its way as the tip only', () => {
    const cache = createStateCache();
    cache.commit('a', at(1));

    cache.advance('a', at(2));

    expect(cache.tip('a')).toEqual(at(2));
    expect(cache.committed('a')).toEqual(at(1));
  });

  it('keeps the tip while an earlier append is committed', () => {
    const cache = createStateCache();
    cache.advance('a', at(1));
    cache.advance('a', at(2));

    cache.commit('a', at(1));

    expect([cache.committed('a')?.version, cache.tip('a')?.version]).toEqual([1, 2]);
  });

  it('never goes back when an older state is committed late', () => {
    const cache = createStateCache();
    cache.commit('a', at(3));

    cache.commit('a', at(2));

    expect([cache.committed('a')?.version, cache.tip('a')?.version]).toEqual([3, 3]);
  });

  it('returns to the committed state when what was on its way did not arrive', () => {
    const cache = createStateCache();
    cache.commit('a', at(1));
    cache.advance('a', at(2));

    cache.retract('a');

    expect(cache.tip('a')).toEqual(at(1));
  });

  it('forgets one conversation', () => {
    const cache = createStateCache();
    cache.commit('a', at(1));
    cache.commit('b', at(1));

    cache.forget('a');

    expect(cache.tip('a')).toBeUndefined();
    expect(cache.tip('b')).toEqual(at(1));
  });

  it('keeps the conversations that changed last', () => {
    const cache = createStateCache(2);
    cache.commit('a', at(1));
    cache.commit('b', at(1));
    cache.commit('a', at(2));

    cache.commit('c', at(1));

    expect(['a', 'b', 'c'].map((id) => cache.tip(id)?.version)).toEqual([2, undefined, 1]);
  });
});
