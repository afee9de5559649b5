// Models and servers come from the operator's files alone: a request can only name them.

import type { Limits, ModelSettings } from '@turnlog/core';
import type { ApiDependencies } from './api-dependencies.ts';
import type { FieldError } from './request-refused.ts';

interface Named {
  readonly model?: string | undefined;
  readonly servers?: readonly string[] | undefined;
}

export const modelErrors = (
  body: Named,
  model: ModelSettings | undefined,
  models: ApiDependencies['models'],
): readonly FieldError[] => {
  if (model !== undefined) return [];
  const known = models.list().map(({ name }) => name);
  const choice =
    known.length > 0
      ? `Known: ${known.join(', ')}.`
      : 'No model is configured: set OPENAI_MODEL, or `models` in the config file.';
  const what = body.model === undefined ? 'There is no default model.' : `There is no model ${JSON.stringify(body.model)}.`;
  return [{ path: 'model', message: `${what} ${choice}` }];
};

/** A budget that nothing counts towards would be a promise that is not kept. */
export const priceErrors = (
  { limits }: { readonly limits?: Limits | undefined },
  model: ModelSettings | undefined,
): readonly FieldError[] =>
  (['maxCost', 'maxConversationCost'] as const)
    .filter((limit) => limits?.[limit] !== undefined && model !== undefined && model.price === undefined)
    .map((limit) => ({
      path: `limits.${limit}`,
      message: `The model ${JSON.stringify(model?.name)} has no \`price\` in the config file: what it costs is not known.`,
    }));

export const serverErrors = (body: Named, servers: readonly string[]): readonly FieldError[] =>
  (body.servers ?? []).flatMap((name, index) =>
    servers.includes(name)
      ? []
      : [
          {
            path: `servers.${index}`,
            message: `There is no server ${JSON.stringify(name)}. ${servers.length > 0 ? `Known: ${servers.join(', ')}.` : 'No server is configured.'}`,
          },
        ],
  );
