import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenApi, openApi } from './testing/open-api.ts';
import { playWorker } from './testing/play-worker.ts';

let api: OpenApi;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.stop());

const keyed = (key: string) => ({ 'idempotency-key': key });

describe('the same Idempotency-Key', () => {
  it('creates one conversation, and answers the same whatever has happened since', async () => {
    const first = await api.post('/conversations', { input: 'Hello', tags: ['a'] }, keyed('k1'));
    await playWorker(api.engine).modelAnswers(first.json.id, { content: 'Hi.' });
    const second = await api.post('/conversations', { tags: ['a'], input: 'Hello' }, keyed('k1'));
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.text).toBe(first.text);
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    expect([first, second].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true']);
    expect((await api.get('/conversations')).json.items).toHaveLength(1);
  });

  it('creates one conversation when twenty ask at once', async () => {
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => api.post('/conversations', { input: 'Hello' }, keyed('k2'))),
    );
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    expect(replies.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
  });

  it('with another body is refused', async () => {
    await api.post('/conversations', { input: 'Hello' }, keyed('k3'));
    const { status, json } = await api.post('/conversations', { input: 'Bye' }, keyed('k3'));
    expect([status, json.type]).toEqual([422, 'urn:turnlog:problem:key-reused']);
  });

  it('gives the same id in every process and for ever', async () => {
    const { json } = await api.post('/conversations', {}, keyed('order-66'));
    expect(json.id).toBe('c3dfdd27-0f63-58d9-93c1-6f44d17e7be5');
  });

  it('starts one turn, also when it is asked again after the turn has ended', async () => {
    const { id } = (await api.post('/conversations', {})).json;
    const first = await api.post(`/conversations/${id}/turns`, { input: 'Hello' }, keyed('t1'));
    const during = await api.post(`/conversations/${id}/turns`, { input: 'Hello' }, keyed('t1'));
    await playWorker(api.engine).modelAnswers(id, { content: 'Hi.' });
    const after = await api.post(`/conversations/${id}/turns`, { input: 'Hello' }, keyed('t1'));
    expect([during, after].map(({ status, text }) => [status, text])).toEqual(Array(2).fill([202, first.text]));
    expect(after.headers.get('idempotency-replayed')).toBe('true');
  });

  it('answers a queued turn with the same number again', async () => {
    const { id } = (await api.post('/conversations', { input: 'One' })).json;
    const queued = { input: 'Two', whileBusy: 'queue' };
    const first = await api.post(`/conversations/${id}/turns`, queued, keyed('q1'));
    await playWorker(api.engine).modelAnswers(id, { content: 'Hi.' });
    expect((await api.post(`/conversations/${id}/turns`, queued, keyed('q1'))).text).toBe(first.text);
    expect(first.json.turn).toBe(2);
  });

  it('cancels once, and the repetition does not fail for want of a turn', async () => {
    const { id } = (await api.post('/conversations', { input: 'One' })).json;
    const first = await api.post(`/conversations/${id}/cancel`, {}, keyed('c1'));
    const second = await api.post(`/conversations/${id}/cancel`, {}, keyed('c1'));
    expect([second.status, second.text]).toEqual([200, first.text]);
    await api.post(`/conversations/${id}/feedback`, { rating: 1 }, keyed('f1'));
    expect((await api.post(`/conversations/${id}/feedback`, { rating: 1 }, keyed('f1'))).json.version).toBe(5);
  });

  it('on another route is refused', async () => {
    const { id } = (await api.post('/conversations', { input: 'One' })).json;
    await api.post(`/conversations/${id}/cancel`, {}, keyed('x1'));
    expect((await api.post(`/conversations/${id}/feedback`, { rating: 1 }, keyed('x1'))).json.type).toBe(
      'urn:turnlog:problem:key-reused',
    );
  });
});

it.each(['', 'a b', 'ü', 'x'.repeat(256)])('refuses %j as a key', async (key) => {
  const { status, json } = await api.post('/conversations', {}, keyed(key));
  expect([status, json.errors[0].path]).toEqual([422, 'Idempotency-Key']);
});
