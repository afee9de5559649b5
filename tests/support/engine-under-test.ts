// What most end-to-end tests stand on: a folder, a database, a scripted model and the counting tool server, and processes
// that know them. Everything is gone when the test ends, however it ends.

import { createTestDatabase } from '@turnlog/db/testing';
import { type ScriptedAnswer, type ScriptedModel, startScriptedModel } from './scripted-model.ts';
import { endAllProcesses, startProcess, type TurnlogProcess } from './turnlog-process.ts';
import { counterServer, createWorkspace, type Workspace } from './workspace.ts';

export interface EngineUnderTest {
  readonly workspace: Workspace;
  readonly databaseUrl: string;
  readonly model: ScriptedModel;
  /** Starts `turnlog start …` with this database, one token for all its processes, and what the backend needs. */
  start(...args: string[]): Promise<TurnlogProcess>;
  startApi(): Promise<TurnlogProcess>;
  startWorker(): Promise<TurnlogProcess>;
  /** Gives the counting server other policies: for processes started afterwards. */
  configureCounter(policies: Record<string, unknown>): Promise<void>;
  end(): Promise<void>;
}

export interface EngineOptions {
  readonly scripts: Readonly<Record<string, readonly ScriptedAnswer[]>>;
  /** MCP servers instead of the counting one. */
  readonly mcpServers?: Readonly<Record<string, unknown>>;
  /** The command in another form than the built one. */
  readonly program?: string;
  /** The environment of the queue's backend. */
  readonly env?: Readonly<Record<string, string>>;
}

export const createEngineUnderTest = async (options: EngineOptions): Promise<EngineUnderTest> => {
  const { scripts, env = {}, mcpServers, program } = options;
  const workspace = await createWorkspace();
  const database = await createTestDatabase();
  const model = await startScriptedModel(scripts);
  const configureCounter = (policies: Record<string, unknown>) =>
    workspace.writeConfig({
      mcpServers: mcpServers ?? { counter: counterServer(workspace.path('counted'), policies) },
      models: { scripted: { baseUrl: model.baseUrl, model: 'qwen3' } },
    });
  await configureCounter({});
  const processEnv = { DATABASE_URL: database.url, TURNLOG_TOKEN: 'test-token-of-this-suite', ...env };
  const start = (...args: string[]) =>
    startProcess({ ...(program !== undefined && { program }), args: ['start', ...args], cwd: workspace.folder, env: processEnv });
  return {
    workspace,
    databaseUrl: database.url,
    model,
    start,
    startApi: () => start('--only', 'api', '--port', '0'),
    startWorker: () => start('--only', 'worker'),
    configureCounter,
    end: async () => {
      await endAllProcesses(workspace.folder);
      await model.stop();
      await database.drop();
      await workspace.remove();
    },
  };
};
