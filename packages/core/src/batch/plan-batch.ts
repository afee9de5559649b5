// A batch as a row of samples: prompt by prompt, so that a batch that ends early holds whole groups. Samples of one prompt are
// forks of the first one at its first version: one family, which no split parts and in which answers are compared.

import type { Command } from '../conversation/commands.ts';
import type { BatchPrompt, BatchRequest } from './batch-request.ts';

/** One conversation of a batch, by its places: from 0. */
export interface Sample {
  readonly index: number;
  readonly prompt: number;
  readonly model: number;
  readonly sample: number;
}

type Size = Pick<BatchRequest, 'samples'> & { readonly prompts: readonly unknown[]; readonly models: readonly unknown[] };

export const batchSize = ({ prompts, models, samples }: Size): number => prompts.length * models.length * samples;

export const sampleAt = ({ models, samples }: Size, index: number): Sample => {
  const perPrompt = models.length * samples;
  const place = index % perPrompt;
  return {
    index,
    prompt: Math.floor(index / perPrompt),
    model: Math.floor(place / samples),
    sample: place % samples,
  };
};

/** The first sample of the same prompt: whose first version all its siblings begin with. */
export const rootOf = ({ models, samples }: Size, { prompt }: Sample): Sample => ({
  index: prompt * models.length * samples,
  prompt,
  model: 0,
  sample: 0,
});

export const isRoot = ({ model, sample }: Sample): boolean => model === 0 && sample === 0;

/** NEVER CHANGE: the ids of conversations follow from it, and with them that none is held twice. */
export const sampleName = (batch: string, { models }: Pick<BatchRequest, 'models'>, { prompt, model, sample }: Sample): string =>
  JSON.stringify([batch, prompt, sample, models[model]?.settings.name ?? '']);

export const batchTag = (batch: string): string => `batch:${batch}`;

export const promptOfSample = ({ prompts }: Pick<BatchRequest, 'prompts'>, { prompt }: Sample): BatchPrompt => {
  const found = prompts[prompt];
  if (found === undefined) throw new RangeError(`The batch has no prompt ${prompt}.`);
  return found;
};

/** What begins this sample; `root` is the id of the conversation it is a fork of. */
export const startOfSample = (batch: string, request: BatchRequest, sample: Sample, root: string): Command => {
  const model = request.models[sample.model];
  if (model === undefined) throw new RangeError(`The batch has no model ${sample.model}.`);
  const prompt = promptOfSample(request, sample);
  const { settings, limits } = model;
  if (!isRoot(sample))
    return {
      type: 'ForkConversation',
      parent: { conversationId: root, version: 1 },
      ...(sample.model > 0 && { model: settings, limits }),
      input: prompt.input,
    };
  const systemPrompt = prompt.systemPrompt ?? request.systemPrompt;
  return {
    type: 'StartConversation',
    settings: {
      model: settings,
      ...(systemPrompt !== undefined && { systemPrompt }),
      servers: request.servers,
      ...(request.approval !== undefined && { approval: request.approval }),
      limits,
      ...(request.truncate !== undefined && { truncate: request.truncate }),
      // Of the whole family: forks begin with it.
      metadata: { ...request.metadata, ...prompt.metadata, batch: { id: batch, prompt: sample.prompt } },
      tags: [...new Set([batchTag(batch), ...request.tags, ...(prompt.tags ?? [])])],
    },
    input: prompt.input,
  };
};
