import { type ChatMessage, historyFault } from '@turnlog/core';
import { aTool } from '@turnlog/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenApi, openApi } from '../testing/open-api.ts';
import { playWorker } from '../testing/play-worker.ts';

let api: OpenApi;
let id: string;
beforeEach(async () => {
  api = await openApi();
  id = (await api.post('/conversations', { systemPrompt: 'Be brief.', input: 'Look' })).json.id;
  const worker = playWorker(api.engine);
  await worker.listTools(id, [aTool('look')]);
  await worker.modelAnswers(id, { calls: [['look', '{"path":"/a"}']] });
  await worker.toolReturns(id, 'call_1_1', 'a file');
  await worker.modelAnswers(id, { content: 'There is a file.' });
});
afterEach(() => api.stop());

describe('GET /conversations/:id/state', () => {
  it('replays every version into a history that a provider accepts, and writes nothing', async () => {
    const { version } = (await api.get(`/conversations/${id}`)).json;
    for (let at = 1; at <= version; at++) {
      const { status, json } = await api.get(`/conversations/${id}/state?at=${at}`);
      expect([status, json.version]).toEqual([200, at]);
      expect(historyFault(json.messages as ChatMessage[])).toBeUndefined();
    }
    expect((await api.get(`/conversations/${id}`)).json.version).toBe(version);
  });

  it('is the last state without a version', async () => {
    const { json } = await api.get(`/conversations/${id}/state`);
    expect(json).toMatchObject({ id, phase: 'idle' });
    expect(json.messages.at(-1)).toEqual({ role: 'assistant', content: 'There is a file.' });
  });

  it('says where the conversation stands if the version is beyond it', async () => {
    const { status, json } = await api.get(`/conversations/${id}/state?at=999`);
    expect([status, json.type]).toEqual([404, 'urn:turnlog:problem:no-such-version']);
    expect(json.detail).toMatch(/at version \d+\.$/);
  });
});

describe('GET /conversations/:id/trace', () => {
  it('has the shape of a trace file', async () => {
    const { status, json } = await api.get(`/conversations/${id}/trace?format=trace`);
    expect(status).toBe(200);
    expect(Object.keys(json)).toEqual(['timestamp', 'model', 'messages', 'tools', 'turnlog']);
    expect(json.messages).toHaveLength(5);
    expect((await api.get(`/conversations/${id}/trace`)).text).toBe(
      (await api.get(`/conversations/${id}/trace?format=trace`)).text,
    );
  });

  it('names the formats that there are', async () => {
    const { status, json } = await api.get(`/conversations/${id}/trace?format=nothing`);
    expect(status).toBe(422);
    expect(json.errors).toEqual([{ path: 'format', message: 'There is no such format. Known: trace, sft.' }]);
  });

  it('has the rows of any other format', async () => {
    await api.stop();
    const found = { rows: [{ id: 'x:1' }], excluded: { error: 1 }, secrets: 0 };
    const asked: string[] = [];
    api = await openApi({
      exports: {
        formats: [{ name: 'sft', hasParquet: true }],
        openFile: async () => undefined,
        rowsOf: async (format, conversation) => {
          asked.push(`${format} ${conversation}`);
          return found;
        },
      },
    });
    id = (await api.post('/conversations', {})).json.id;
    expect((await api.get(`/conversations/${id}/trace?format=sft`)).json).toEqual({
      format: 'sft',
      conversation: id,
      ...found,
    });
    expect(asked).toEqual([`sft ${id}`]);
    expect((await api.get(`/conversations/00000000-0000-4000-8000-00000000dead/trace?format=sft`)).status).toBe(404);
  });
});

describe('GET /conversations/:id/events', () => {
  it('reads page by page, and an empty page says where to go on', async () => {
    const first = (await api.get(`/conversations/${id}/events?limit=2`)).json;
    expect(first.events.map(({ type }: { type: string }) => type)).toEqual(['ConversationStarted', 'TurnStarted']);
    expect(first.nextAfter).toBe(2);
    const second = (await api.get(`/conversations/${id}/events?after=2&limit=200`)).json;
    expect(second.events[0].version).toBe(3);
    const last = (await api.get(`/conversations/${id}/events?after=${second.nextAfter}`)).json;
    expect(last).toEqual({ events: [], nextAfter: second.nextAfter });
  });
});
