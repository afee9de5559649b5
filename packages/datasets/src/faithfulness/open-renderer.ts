// A model's own tokenizer and chat template, from a folder or from the Hub, rendered by packages that nobody needs for
// anything else: they are installed by whoever wants a report with tokens.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { downloadFile, HubApiError } from '@huggingface/hub';
import type { ChatRenderer } from './chat-renderer.ts';
import { createRenderer, type RendererPackages, type TokenizerFiles } from './create-renderer.ts';

/** The tokenizer cannot be had, or what renders it is not installed. The message says what to do. */
export class NoTokenizer extends Error {
  override readonly name = 'NoTokenizer';
}

export interface TokenizerSource {
  /** A folder with `tokenizer.json`, or a repository of the Hub. */
  readonly tokenizer: string;
  /** Relative folders, and packages that are not installed beside Turnlog, are looked for here. */
  readonly folder: string;
  readonly hub: { readonly endpoint: string; readonly token?: string };
}

export const openRenderer = async (source: TokenizerSource): Promise<ChatRenderer> => {
  const packages = await findPackages(source.folder);
  const folder = resolve(source.folder, source.tokenizer);
  const local = await filesIn(folder);
  if (local !== undefined) {
    // Where a folder lies on this machine is nobody else's affair.
    const name = isAbsolute(source.tokenizer) ? basename(folder) : source.tokenizer;
    return createRenderer(name, local, packages);
  }
  return createRenderer(source.tokenizer, await filesOnHub(source), packages);
};

const versions = { '@huggingface/jinja': '0.5.11', '@huggingface/tokenizers': '0.2.0' };

const findPackages = async (folder: string): Promise<RendererPackages> => {
  const [jinja, tokenizers] = await Promise.all(
    Object.keys(versions).map(async (name) => (await importFrom(import.meta.url, name)) ?? importFrom(folderUrl(folder), name)),
  );
  if (jinja === undefined || tokenizers === undefined) {
    const wanted = Object.entries(versions).map(([name, version]) => `${name}@${version}`);
    throw new NoTokenizer(
      `--tokenizer needs two packages that are not part of Turnlog: npm install --no-save ${wanted.join(' ')}`,
    );
  }
  return { ...jinja, ...tokenizers } as unknown as RendererPackages;
};

const folderUrl = (folder: string): string => pathToFileURL(join(folder, 'package.json')).href;

/** Undefined where it is not installed. */
const importFrom = async (from: string, name: string): Promise<object | undefined> => {
  let path: string;
  try {
    path = createRequire(from).resolve(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
  // `resolve` finds the CommonJS form, of which the exports may stand in `default` alone.
  const module = (await import(pathToFileURL(path).href)) as { readonly default?: object };
  return { ...module.default, ...module };
};

const fileNames = ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'] as const;

type FileTexts = readonly (string | undefined)[];

const filesIn = async (folder: string): Promise<TokenizerFiles | undefined> =>
  filesOf(await Promise.all(fileNames.map((name) => readIfThere(join(folder, name)))), folder);

const filesOnHub = async (source: TokenizerSource): Promise<TokenizerFiles> => {
  const files = filesOf(await readFromHub(source), source.tokenizer);
  if (files !== undefined) return files;
  throw new NoTokenizer(
    `--tokenizer got ${JSON.stringify(source.tokenizer)}: neither a folder with tokenizer.json nor a repository of the Hub with one.`,
  );
};

/** Undefined without a tokenizer. */
const filesOf = ([tokenizer, config, template]: FileTexts, where: string): TokenizerFiles | undefined =>
  tokenizer === undefined
    ? undefined
    : {
        tokenizer: parsed(tokenizer, `tokenizer.json of ${where}`),
        config: config === undefined ? {} : parsed(config, `tokenizer_config.json of ${where}`),
        ...(template !== undefined && { template }),
      };

const parsed = (text: string, what: string): object => {
  try {
    return JSON.parse(text) as object;
  } catch {
    throw new NoTokenizer(`${what} is no JSON.`);
  }
};

const readIfThere = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
};

const readFromHub = async ({ tokenizer, hub }: TokenizerSource): Promise<FileTexts> => {
  if (!/^[\w.-]+\/[\w.-]+$/.test(tokenizer)) return [];
  const files: (string | undefined)[] = [];
  for (const path of fileNames) files.push(await readOneFromHub(tokenizer, path, hub));
  return files;
};

const readOneFromHub = async (
  name: string,
  path: string,
  { endpoint, token }: TokenizerSource['hub'],
): Promise<string | undefined> => {
  try {
    const file = await downloadFile({
      repo: { type: 'model', name },
      path,
      hubUrl: endpoint,
      ...(token !== undefined && { accessToken: token }),
    });
    return await file?.text();
  } catch (error) {
    if (error instanceof HubApiError && error.statusCode === 404) return undefined;
    if (error instanceof HubApiError && [401, 403].includes(error.statusCode))
      throw new NoTokenizer(
        `The Hub does not give out ${name}: it does not exist, or asks for a token (HF_TOKEN) with access to it.`,
      );
    throw new NoTokenizer(
      `${path} of ${name} could not be read from ${endpoint} (${error instanceof Error ? error.message : error}). A local folder works without the Hub.`,
    );
  }
};
