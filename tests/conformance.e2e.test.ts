// The host before a judge that is not ours: every scenario of @modelcontextprotocol/conformance for clients, each as one turn of
// one engine, through its API, queue and worker. `conformance/expected-failures.yml` says what is
// expected to fail, and why.

import { join } from 'node:path';
import { createTestDatabase } from '@turnlog/db/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { findRunner } from './conformance/conformance-runner.ts';
import { type PlannedCall, startModelThatCallsEveryTool, wishFor } from './conformance/model-that-calls-every-tool.ts';
import { type ArrivedScenario, openGate } from './conformance/scenario-gate.ts';
import { type ApiClient, createApiClient, isIdle, poll } from './support/api-client.ts';
import { endAllProcesses, startProcess, type TurnlogProcess } from './support/turnlog-process.ts';
import { createWorkspace } from './support/workspace.ts';

const startRunner = findRunner();
const expectedFailures = join(import.meta.dirname, 'conformance/expected-failures.yml');

/** A suite tries each scenario with one revision of the protocol: those that both eras know are tried with the other one too. */
const modern = ['tools_call', 'json-schema-2020-12-preservation'];
const turnMs = 120_000;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const startEngineFor = async (scenarios: readonly ArrivedScenario[]): Promise<TurnlogProcess> => {
  const [workspace, database, model] = await Promise.all([
    createWorkspace(),
    createTestDatabase(),
    startModelThatCallsEveryTool(),
  ]);
  cleanups.push(workspace.remove, database.drop, () => model.stop(), endAllProcesses);
  await workspace.writeConfig({
    mcpServers: Object.fromEntries(scenarios.map((scenario) => [serverOf(scenario), { type: 'http', url: scenario.url }])),
    models: { scripted: { baseUrl: model.baseUrl, model: 'qwen3' } },
  });
  const env = { DATABASE_URL: database.url, TURNLOG_TOKEN: 'test-token-of-this-suite' };
  return startProcess({ args: ['start', '--port', '0'], cwd: workspace.folder, env });
};

const serverOf = ({ scenario, revision }: Pick<ArrivedScenario, 'scenario' | 'revision'>): string =>
  `${scenario.replace(/[^a-z0-9-]/gi, '-')}-${revision}`.toLowerCase();

const ofType = async (api: ApiClient, id: string, pattern: RegExp) =>
  (await api.events(id)).find(({ type }) => pattern.test(type));

const listingOf = async (api: ApiClient, id: string) => {
  const listed = await ofType(api, id, /^ToolsListed$/);
  return { tools: listed?.type === 'ToolsListed' ? listed.data.tools : [] };
};

/** One scenario wants to be told the schema of its other tool as this host keeps it. */
const echoOfSchema = async (api: ApiClient, server: string): Promise<readonly PlannedCall[]> => {
  const { id } = await api.create({ servers: [server], input: wishFor([]) });
  await api.until(id, isIdle);
  const { tools } = await listingOf(api, id);
  return [
    {
      name: 'json_schema_echo',
      arguments: { schema: tools.find(({ name }) => name === 'json_schema_2020_12_tool')?.inputSchema },
    },
  ];
};

/** A turn with the scenario's server alone; gives its conversation. */
const beginTurn = async (api: ApiClient, arrived: ArrivedScenario): Promise<string> => {
  const server = serverOf(arrived);
  const isEcho = arrived.scenario === 'json-schema-2020-12-preservation';
  const calls = isEcho ? await echoOfSchema(api, server) : arrived.context.toolCalls;
  return (await api.create({ servers: [server], input: wishFor(calls) })).id;
};

interface Listed {
  readonly id: string;
  readonly phase: string;
}

/** A user who accepts what a server asks, and leaves every field as it is. */
const acceptQuestions = async (api: ApiClient, { id }: Listed): Promise<void> => {
  const { waitingFor = [] } = await api.view(id);
  for (const { callId, digest } of waitingFor)
    await api
      .post(`/conversations/${id}/tool-calls/${callId}/decision`, { decision: 'accept', content: {}, digest })
      .catch(() => undefined);
};

/** All are asked for by one question: so many conversations that are each asked would be most of the load. */
const untilAllAreIdle = (api: ApiClient) =>
  poll(
    async () => {
      const { items } = await api.get<{ items: readonly Listed[] }>('/conversations?limit=200');
      await Promise.all(items.filter(({ phase }) => phase === 'waiting').map((waiting) => acceptQuestions(api, waiting)));
      return items;
    },
    (items) => items.every(({ phase }) => phase === 'idle'),
    turnMs,
    'the end of every turn',
  );

const takeTurns = async (api: ApiClient, scenarios: readonly ArrivedScenario[]): Promise<void> => {
  const ids = await Promise.all(scenarios.map((scenario) => beginTurn(api, scenario)));
  await untilAllAreIdle(api);
  for (const [index, id] of ids.entries()) {
    const end = await ofType(api, id, /^Turn(Completed|Failed|Paused)$/);
    scenarios[index]?.judge({
      ended: end?.type === 'TurnCompleted',
      words: JSON.stringify([end, (await api.view(id)).messages]),
    });
  }
};

describe.runIf(startRunner !== undefined)('the MCP host', { timeout: 240_000 }, () => {
  it('passes every scenario of the conformance suite but those of OAuth', async () => {
    const gate = await openGate();
    cleanups.push(gate.close);
    const runners = [
      ['--suite', 'all', '--expected-failures', expectedFailures],
      ...modern.map((scenario) => ['--scenario', scenario, '--spec-version', '2026-07-28']),
    ].flatMap((args) => startRunner?.(gate.url, ...args) ?? []);
    cleanups.push(() => runners.map(({ stop }) => stop()));
    const counts = await Promise.all(runners.map(({ scenarios }) => scenarios));

    const scenarios = await gate.all(counts.reduce((sum, count) => sum + count));
    const engine = await startEngineFor(scenarios);
    await takeTurns(createApiClient(engine), scenarios);
    // Servers of the suite wait until nobody is connected to them any more.
    await engine.end();

    const ends = await Promise.all(runners.map(({ ended }) => ended));
    for (const { code, output } of ends) expect(code, output).toBe(0);
  });
});
