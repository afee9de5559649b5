// Renders as `transformers` does and counts as the model's tokenizer does.

import { createHash } from 'node:crypto';
import type { ChatRenderer, RenderOptions } from './chat-renderer.ts';
import { isObject, type Json, type JsonObject } from './examples-of.ts';

/** The part of `@huggingface/jinja` and `@huggingface/tokenizers` that is used here. */
export interface RendererPackages {
  readonly Template: new (template: string) => { render(variables: Record<string, unknown>): string };
  readonly Tokenizer: new (
    tokenizer: object,
    config: object,
  ) => {
    encode(text: string, options: { readonly add_special_tokens: boolean }): { readonly ids: readonly number[] };
    get_added_tokens_decoder(): ReadonlyMap<number, { readonly content: string; readonly special: boolean }>;
  };
}

export interface TokenizerFiles {
  readonly tokenizer: object;
  readonly config: object;
  /** `chat_template.jinja`, which counts before the one in the configuration. */
  readonly template?: string;
}

/** The model's files hold no template, or one that cannot be read. */
export class NoChatTemplate extends Error {
  override readonly name = 'NoChatTemplate';
}

export const createRenderer = (name: string, files: TokenizerFiles, packages: RendererPackages): ChatRenderer => {
  const config = files.config as JsonObject;
  const templates = new Map([...templatesOf(files)].map(([key, text]) => [key, new packages.Template(text)]));
  if (templates.size === 0)
    throw new NoChatTemplate(`${name} has no chat template: take the tokenizer of an instruction-tuned model.`);
  const specials = specialTokens(config);
  return {
    name,
    sha256: createHash('sha256').update(JSON.stringify(files)).digest('hex'),
    render: (messages, { tools, variables, asksForAnswer }: RenderOptions) => {
      const template = (tools.length > 0 ? templates.get('tool_use') : undefined) ?? templates.get('default') ?? first(templates);
      return template.render({ ...specials, ...variables, messages, tools, add_generation_prompt: asksForAnswer });
    },
    countTokens: createCounter(new packages.Tokenizer(files.tokenizer, config)),
  };
};

const first = <Value>(map: ReadonlyMap<string, Value>): Value => {
  for (const value of map.values()) return value;
  throw new Error('A model without a template has no renderer.');
};

/** One template, or several with names, of which `tool_use` is for rows with tools. */
function* templatesOf({ template, config }: TokenizerFiles): Generator<readonly [string, string]> {
  const configured = (config as JsonObject).chat_template;
  if (template !== undefined) yield ['default', template];
  else if (typeof configured === 'string') yield ['default', configured];
  else if (Array.isArray(configured))
    for (const each of configured as readonly Json[])
      if (isObject(each) && typeof each.template === 'string') yield [String(each.name), each.template];
}

/** `bos_token` and its like, given as text or as an object with their text. */
const specialTokens = (config: JsonObject): Record<string, string> =>
  Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) => {
      const text = isObject(value) ? value.content : value;
      return /^(bos|eos|pad|unk|sep|cls|mask)_token$/.test(key) && typeof text === 'string' ? [[key, text]] : [];
    }),
  );

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Segments of which the length is remembered: the rows of a conversation repeat its beginning. */
const rememberedSegments = 20_000;

type Tokenizer = InstanceType<RendererPackages['Tokenizer']>;

/**
 * Counts the segments between special tokens one by one. Tokenizers cut there first, so the sum is the whole (held against it
 * with the first text, for those that treat the beginning of a text as something else).
 */
const createCounter = (tokenizer: Tokenizer): ((text: string) => number) => {
  const length = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids.length;
  const special = [...tokenizer.get_added_tokens_decoder().values()]
    .filter((token) => token.special)
    .map(({ content }) => content)
    .sort((a, b) => b.length - a.length);
  const boundary = special.length === 0 ? undefined : new RegExp(`(${special.map(escaped).join('|')})`);
  const known = new Map<string, number>();
  const bySegment = (text: string): number =>
    text.split(boundary ?? /$^/).reduce((sum, segment) => {
      if (segment === '') return sum;
      let count = known.get(segment);
      if (count === undefined) {
        count = length(segment);
        if (known.size >= rememberedSegments) known.clear();
        known.set(segment, count);
      }
      return sum + count;
    }, 0);
  let isExact: boolean | undefined;
  return (text) => {
    isExact ??= boundary !== undefined && bySegment(text) === length(text);
    return isExact ? bySegment(text) : length(text);
  };
};
