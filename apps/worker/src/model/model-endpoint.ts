// Where a model is reached. It comes from the operator's files only, never from a request.

export interface ModelTimeouts {
  readonly connectMs: number;
  readonly firstTokenMs: number;
  readonly idleMs: number;
  readonly totalMs: number;
}

export interface ModelEndpoint {
  /** Up to and including the version, such as `https://api.openai.com/v1`; a query is kept (`?api-version=…`). */
  readonly baseUrl: string;
  readonly apiKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeouts?: Partial<ModelTimeouts>;
}

export const defaultModelTimeouts: ModelTimeouts = {
  // TCP and TLS only: a slow model does not slow its handshake.
  connectMs: 10_000,
  // A local server reads a long prompt for minutes, and may send its headers only afterwards.
  firstTokenMs: 600_000,
  // Two tokens are never minutes apart unless the server hangs.
  idleMs: 120_000,
  // Bounds a model that repeats itself for ever.
  totalMs: 3_600_000,
};

/** Gives the URL of the chat completions route, or nothing if `baseUrl` is no HTTP URL. */
export function chatCompletionsUrl(endpoint: ModelEndpoint): URL | undefined {
  if (!URL.canParse(endpoint.baseUrl)) return undefined;
  const url = new URL(endpoint.baseUrl);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/chat/completions`;
  return url;
}
