import { describe, expect, it } from 'vitest';
import { aConversation, plainProfile } from '../testing/conversation-builder.ts';
import { given } from '../testing/given.ts';
import type { BatchRequest } from './batch-request.ts';
import { batchSize, isRoot, rootOf, sampleAt, sampleName, startOfSample } from './plan-batch.ts';

const model = (name: string) => ({
  settings: { name, model: name, params: {}, profile: plainProfile },
  limits: { maxSteps: name.length },
});
const request: BatchRequest = {
  prompts: [{ input: 'one' }, { input: 'two', systemPrompt: 'Own.', tags: ['t'], metadata: { id: 7 } }, { input: 'three' }],
  samples: 2,
  models: [model('a'), model('bb')],
  systemPrompt: 'Be brief.',
  servers: ['files'],
  tags: ['mine'],
  metadata: { from: 'me' },
  graders: [],
  concurrency: 4,
};
const samples = Array.from({ length: batchSize(request) }, (_, index) => sampleAt(request, index));

describe('a batch', () => {
  it('is prompts × models × samples, prompt by prompt, each place once', () => {
    expect(samples).toHaveLength(12);
    expect(samples.slice(0, 5).map(({ prompt, model, sample }) => [prompt, model, sample])).toEqual([
      [0, 0, 0],
      [0, 0, 1],
      [0, 1, 0],
      [0, 1, 1],
      [1, 0, 0],
    ]);
    expect(new Set(samples.map((sample) => sampleName('b', request, sample))).size).toBe(12);
    expect(sampleName('b', request, sampleAt(request, 3))).toBe('["b",0,1,"bb"]');
  });

  it('has one root a prompt, which comes before its siblings', () => {
    expect(samples.filter(isRoot).map(({ index }) => index)).toEqual([0, 4, 8]);
    for (const sample of samples) {
      const root = rootOf(request, sample);
      expect([isRoot(root), root.prompt, root.index <= sample.index]).toEqual([true, sample.prompt, true]);
    }
  });

  it('begins a prompt with its own settings, else those of the batch', () => {
    expect(startOfSample('b', request, sampleAt(request, 4), 'r')).toMatchObject({
      type: 'StartConversation',
      input: 'two',
      settings: {
        systemPrompt: 'Own.',
        limits: { maxSteps: 1 },
        tags: ['batch:b', 'mine', 't'],
        metadata: { from: 'me', id: 7, batch: { id: 'b', prompt: 1 } },
      },
    });
    expect(startOfSample('b', request, sampleAt(request, 0), 'r')).toMatchObject({ settings: { systemPrompt: 'Be brief.' } });
  });

  it('begins the others as forks of the first version, with the model and limits of their own', () => {
    expect(startOfSample('b', request, sampleAt(request, 1), 'r')).toEqual({
      type: 'ForkConversation',
      parent: { conversationId: 'r', version: 1 },
      input: 'one',
    });
    const other = startOfSample('b', request, sampleAt(request, 2), 'r');
    const { state } = given(...aConversation().events).when(other);
    expect([state.model?.name, state.limits, state.turn?.turn]).toEqual(['bb', { maxSteps: 2 }, 1]);
  });
});
