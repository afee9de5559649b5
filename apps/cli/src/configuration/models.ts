// Which models there are, what a name means, and where it is reached. An API request can only name one of them.

import type { Limits, ModelSettings } from '@turnlog/core';
import type { Configuration } from './config-file.ts';
import { ConfigurationError } from './configuration-error.ts';
import type { Environment } from './environment.ts';
import { maskUrl } from './mask.ts';
import { profileFor } from './model-profiles.ts';
import type { ConfiguredModel, ModelTimeouts } from './read-models.ts';

export interface ModelFlags {
  readonly model?: string | undefined;
  /** Named beside it: as good as configured, at the same endpoint. */
  readonly otherModels?: readonly string[] | undefined;
  readonly baseUrl?: string | undefined;
  readonly apiKey?: string | undefined;
}

export interface ModelEndpoint {
  readonly baseUrl: string;
  readonly apiKey?: string;
  readonly timeouts?: Partial<Record<keyof ModelTimeouts, number>>;
}

export interface ListedModel {
  readonly name: string;
  readonly model: string;
  readonly isDefault: boolean;
  /** False where a call would be refused for want of a key. */
  readonly isUsable: boolean;
}

export interface ModelDirectory {
  readonly defaultName: string;
  /** The default first, then the configuration file's order. */
  list(): readonly ListedModel[];
  /** Without a name, the default. Undefined for a name that is neither configured nor the default. */
  resolve(name?: string): ModelSettings | undefined;
  /** Where the model is reached. Undefined for an unknown name, and where a key is needed and none is set. */
  endpointOf(name: string): ModelEndpoint | undefined;
  configured(name: string): ConfiguredModel | undefined;
  /** What the operator's file sets for conversations with this model. */
  limitsOf(name: string): Limits;
}

export const openAiBaseUrl = 'https://api.openai.com/v1';

/** Order of the default: flag, `OPENAI_MODEL`, first in `models`, `gpt-4o`. A request's `model` comes in through `resolve`. */
export function createModelDirectory(
  { models }: Pick<Configuration, 'models'>,
  { openai, variables }: Pick<Environment, 'openai' | 'variables'>,
  flags: ModelFlags = {},
): ModelDirectory {
  const defaultName = flags.model ?? openai.model ?? Object.keys(models)[0] ?? 'gpt-4o';
  const flagBaseUrl = checkedBaseUrl(flags.baseUrl);
  const defaultEndpoint = { baseUrl: flagBaseUrl ?? openai.baseUrl ?? openAiBaseUrl, apiKey: flags.apiKey ?? openai.apiKey };

  const isNamed = (name: string): boolean => name === defaultName || (flags.otherModels ?? []).includes(name);

  const configured = (name: string): ConfiguredModel | undefined =>
    Object.hasOwn(models, name) ? models[name] : isNamed(name) ? { model: name, params: {} } : undefined;

  // Who typed --base-url means it for the model they are about to use, wherever a file says that one is.
  const baseUrlOf = (name: string, { baseUrl }: ConfiguredModel): string =>
    (isNamed(name) ? flagBaseUrl : undefined) ?? baseUrl ?? defaultEndpoint.baseUrl;

  const apiKeyOf = (name: string, model: ConfiguredModel): string | undefined => {
    if (isNamed(name) && flags.apiKey !== undefined) return flags.apiKey;
    if (model.apiKeyEnv !== undefined) return variables[model.apiKeyEnv] || undefined;
    // The default key belongs to the default endpoint: no other host may learn it.
    return baseUrlOf(name, model) === defaultEndpoint.baseUrl ? defaultEndpoint.apiKey : undefined;
  };

  const endpointOf = (name: string): ModelEndpoint | undefined => {
    const model = configured(name);
    if (model === undefined) return undefined;
    const baseUrl = baseUrlOf(name, model);
    const apiKey = apiKeyOf(name, model);
    if (apiKey === undefined && needsKey(baseUrl)) return undefined;
    const timeouts = Object.entries(model.timeouts ?? {}).filter((entry): entry is [string, number] => entry[1] !== undefined);
    return {
      baseUrl,
      ...(apiKey !== undefined && { apiKey }),
      ...(timeouts.length > 0 && { timeouts: Object.fromEntries(timeouts) }),
    };
  };

  return {
    defaultName,
    configured,
    endpointOf,
    limitsOf: (name) => configured(name)?.limits ?? {},
    resolve: (name = defaultName) => {
      const model = configured(name);
      if (model === undefined) return undefined;
      return {
        name,
        model: model.model,
        params: { ...model.params },
        profile: profileFor(baseUrlOf(name, model), model.profile),
        ...(model.price && { price: model.price }),
      };
    },
    list: () =>
      [...new Set([defaultName, ...(flags.otherModels ?? []), ...Object.keys(models)])].map((name) => ({
        name,
        model: configured(name)?.model ?? name,
        isDefault: name === defaultName,
        isUsable: endpointOf(name) !== undefined,
      })),
  };
}

const needsKey = (baseUrl: string): boolean => new URL(baseUrl).hostname === new URL(openAiBaseUrl).hostname;

function checkedBaseUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/+$/, '');
  const message = `got ${maskUrl(text)}, takes an http(s) URL up to and including the version, such as http://localhost:8000/v1`;
  throw new ConfigurationError('The command', [{ path: '--base-url', message }]);
}
