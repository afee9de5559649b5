// Model servers on this machine, by the ports they listen on when nobody says otherwise.

import { createProbe } from './endpoint-probe.ts';

export const usualPorts: readonly { readonly port: number; readonly server: string }[] = [
  { port: 8000, server: 'vLLM' },
  { port: 30000, server: 'SGLang' },
  { port: 8080, server: 'llama.cpp' },
  { port: 11434, server: 'Ollama' },
  { port: 1234, server: 'LM Studio' },
];

export interface LocalServer {
  readonly server: string;
  readonly baseUrl: string;
  readonly models: readonly string[];
}

/** Those that answer with a list of models, in the order of the table. */
export const findLocalServers = async (signal: AbortSignal = AbortSignal.timeout(2_000)): Promise<readonly LocalServer[]> => {
  const found = await Promise.all(
    usualPorts.map(async ({ port, server }) => {
      const baseUrl = `http://127.0.0.1:${port}/v1`;
      const listed = await createProbe({ baseUrl }, signal).models();
      return 'ids' in listed ? { server, baseUrl, models: listed.ids } : undefined;
    }),
  );
  return found.filter((one) => one !== undefined);
};
