// Puts questions to an endpoint through the engine's own model client, so that the doctor sees what the engine would see.

import { createOpenAiModelClient, type ModelEndpoint, type ModelOutcome } from '@turnlog/worker';

export interface Probe {
  /** Ids of the models, or why there is no list. */
  models(): Promise<{ readonly ids: readonly string[] } | { readonly problem: string; readonly status?: number }>;
  ask(model: string, body: object): Promise<Asked>;
}

export interface Asked {
  readonly outcome: ModelOutcome;
  /** Pieces that came one after another. */
  readonly pieces: number;
  readonly firstMs: number;
  readonly totalMs: number;
}

const listTimeoutMs = 10_000;

export const createProbe = (endpoint: ModelEndpoint, signal: AbortSignal): Probe => {
  const client = createOpenAiModelClient({ endpoint: () => endpoint });
  return {
    models: () => listModels(endpoint, signal),
    ask: async (model, body) => {
      const started = performance.now();
      let pieces = 0;
      let firstMs = 0;
      const request = { model, body: JSON.stringify({ model, ...body }), splitThink: true };
      const outcome = await client.call(request, signal, () => {
        if (pieces === 0) firstMs = performance.now() - started;
        pieces += 1;
      });
      return { outcome, pieces, firstMs, totalMs: performance.now() - started };
    },
  };
};

const listModels = async ({ baseUrl, apiKey }: ModelEndpoint, signal: AbortSignal): ReturnType<Probe['models']> => {
  try {
    const response = await fetch(`${baseUrl}/models`, {
      headers: { accept: 'application/json', ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }) },
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(listTimeoutMs)]),
    });
    if (!response.ok) return { problem: `GET ${baseUrl}/models answered ${response.status}`, status: response.status };
    const ids = modelIds(await response.json());
    return ids === undefined ? { problem: `GET ${baseUrl}/models answered something else than a list of models` } : { ids };
  } catch (error) {
    return { problem: `${baseUrl} does not answer: ${reasonOf(error)}` };
  }
};

const modelIds = (body: unknown): readonly string[] | undefined => {
  const list = Array.isArray(body) ? body : (body as { data?: unknown } | null)?.data;
  if (!Array.isArray(list)) return undefined;
  return list.map((entry) => (entry as { id?: unknown } | null)?.id).filter((id) => typeof id === 'string');
};

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { cause, message } = error;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ECONNREFUSED') return 'nothing listens there';
  if (code === 'ENOTFOUND') return 'there is no such host';
  return error.name === 'TimeoutError' ? `no answer within ${listTimeoutMs / 1000} s` : (code ?? message);
};
