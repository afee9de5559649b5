// Tools of every kind that the policy tells apart. Each counts how often it really ran, by effect id.

import type { Tool, ToolResult } from '@turnlog/core';
import type { ToolHost, ToolOutcome } from '@turnlog/worker';
import type { Random } from './random.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

const tool = (name: string, more: Partial<Tool> = {}): Tool => ({
  name,
  server: 'desk',
  tool: name,
  inputSchema: { type: 'object', properties: { what: { type: 'string' } } },
  trusted: false,
  digest: `digest of ${name}`,
  ...more,
});

export const simulatedTools: readonly Tool[] = [
  tool('read', { trusted: true, annotations: { readOnlyHint: true } }),
  tool('put', { trusted: true, annotations: { idempotentHint: true } }),
  tool('constant', { trusted: true, annotations: { readOnlyHint: true } }),
  tool('send'),
  // What an untrusted server says of itself counts for nothing.
  tool('post', { annotations: { readOnlyHint: true, idempotentHint: true } }),
  tool('note', { onUnknownOutcome: 'tell' }),
  tool('ping', { onUnknownOutcome: 'retry' }),
  tool('pay', { approval: 'ask' }),
  tool('wipe', { approval: 'ask-if-destructive', annotations: { destructiveHint: true } }),
  tool('forbidden', { approval: 'never' }),
  tool('look', { server: 'shelf', trusted: true, annotations: { readOnlyHint: true } }),
  tool('fetch', { server: 'shelf' }),
];

const result = (text: string, isError: boolean): ToolResult => ({ content: [{ type: 'text', text }], isError });
const aborted = { kind: 'lost', message: 'The call was aborted.' } as const;

export const createSimulatedTools = (world: World, process: SimulatedProcess, random: Random): ToolHost => ({
  list: async (servers) => {
    const unlisted = await process.call('list tools', async () => world.faults.strikes('tools cannot be listed'));
    if (unlisted) return { type: 'failed', server: 'desk', failure: { kind: 'unavailable', message: 'The server is not up.' } };
    return { type: 'listed', tools: simulatedTools.filter(({ server }) => servers.includes(server)), warnings: [] };
  },
  call: (request, signal) =>
    new Promise((resolve, reject) => {
      let hasArrived = false;
      const abort = () => resolve({ type: hasArrived ? 'unknown' : 'not_sent', failure: aborted });
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort, { once: true });
      const workMs = random.chance(0.15) ? random.between(3_000, 15_000) : random.between(5, 1_000);
      const arrive = async (): Promise<ToolOutcome> => {
        if (signal.aborted) return { type: 'not_sent', failure: aborted };
        hasArrived = true;
        return outcomeOf(world, random, request.tool, () => {
          const { effectId, tool: name, arguments: values } = request;
          const logLength = world.logLength();
          world.effects.push({ effectId, tool: name, arguments: values, worker: process.name, logLength });
        });
      };
      process.call('tool call', arrive, { workMs }).then(resolve, reject);
    }),
  close: async () => {},
});

const outcomeOf = ({ faults, token }: World, random: Random, name: string, run: () => void): ToolOutcome => {
  if (faults.strikes('tool: not sent'))
    return {
      type: 'not_sent',
      failure: {
        kind: random.pick(['unavailable', 'session_lost', 'not_configured'] as const),
        message: 'The server could not be reached.',
      },
    };
  if (faults.strikes('tool: unknown, it did not run'))
    return { type: 'unknown', failure: { kind: 'timeout', message: 'silence' } };
  run();
  if (faults.strikes('tool: unknown, it ran')) return { type: 'unknown', failure: { kind: 'timeout', message: 'silence' } };
  return {
    type: 'returned',
    result: result(name === 'constant' ? 'the same' : `it was ${token()}`, faults.strikes('tool: isError')),
  };
};
