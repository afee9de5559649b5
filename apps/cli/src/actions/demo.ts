// `turnlog demo`: the whole job once, without a key. Real engine, real API, real MCP servers; only the model is recorded.

import { resolve } from 'node:path';
import type { ConversationEvent, Recorded } from '@turnlog/core';
import { buildFromLog, writeTraceFile } from '@turnlog/datasets';
import { createTurnlogClient, type TurnlogClient } from '../client/turnlog-client.ts';
import { readSettings, type Settings } from '../compose/read-settings.ts';
import { type RunningTurnlog, startTurnlog } from '../compose/start-turnlog.ts';
import { readConfiguration } from '../configuration/config-file.ts';
import { createModelDirectory } from '../configuration/models.ts';
import { requestOf } from '../datasets/dataset-request.ts';
import { createDemoFiles, type DemoFiles, writeDemoConfiguration } from '../demo/demo-files.ts';
import { startRecordedModel, wish } from '../demo/recorded-model.ts';
import { createLiveView } from '../view/live-view.ts';
import { listenForInterruption } from './until-interrupted.ts';

type Interruptible = Settings & { readonly signal: AbortSignal };

export interface DemoFlags {
  readonly traceDir: string;
  readonly out: string;
}

const recordedNotice =
  'The model of this demo is RECORDED: its words were written beforehand. The tools, jobs, events and files are real.';

export const demo = async (flags: DemoFlags): Promise<void> => {
  const settings = readSettings({});
  const { environment, terminal } = settings;
  terminal.line(terminal.style('bold', recordedNotice));
  const { signal } = listenForInterruption();
  const files = await createDemoFiles(environment.dataDir);
  const model = await startRecordedModel(files);
  try {
    const running = await startDemoEngine({ ...settings, signal }, files, model.baseUrl);
    try {
      await converse({ ...settings, signal }, running, flags);
    } finally {
      await running.stop();
    }
  } finally {
    await model.stop();
  }
};

const startDemoEngine = async (settings: Interruptible, files: DemoFiles, baseUrl: string): Promise<RunningTurnlog> => {
  const { environment } = settings;
  const path = await writeDemoConfiguration(files, baseUrl);
  const configuration = readConfiguration({ configFile: { path, isNamed: true }, variables: environment.variables });
  return startTurnlog({
    ...settings,
    databaseUrl: environment.databaseUrl,
    redisUrl: environment.redisUrl,
    dataDir: environment.dataDir,
    configuration,
    models: createModelDirectory(configuration, environment, { model: 'recorded' }),
    concurrency: 10,
    hasWorker: true,
    api: { host: '127.0.0.1', port: 0, allowedHosts: [], token: environment.token },
  });
};

const converse = async (settings: Interruptible, running: RunningTurnlog, flags: DemoFlags): Promise<void> => {
  const { environment, terminal } = settings;
  if (running.api === undefined) throw new Error('The demo needs the API.');
  const client = createTurnlogClient(running.api.url, running.api.token);
  const { id } = await client.createConversation({ input: wish, model: 'recorded', tags: ['demo'] });
  const end = await watch(client, id, settings, resolve(environment.folder, flags.traceDir));
  if (end.type !== 'TurnCompleted')
    throw new Error(`The demo's turn ended with ${end.type}. Please report this with the output above.`);
  const trace = await client.trace(id);
  const path = await writeTraceFile(resolve(environment.folder, flags.traceDir), trace);
  const { folder } = await buildFromLog({ ...running.database }, requestOf('trace', undefined, { id: [id] }), {
    out: resolve(environment.folder, flags.out, 'demo'),
    secrets: settings.secrets,
  });
  terminal.line();
  terminal.line(
    `${terminal.style('green', '✔')} ${end.version} events, ${trace.messages.length} messages, ${trace.tools.length} tools offered`,
  );
  terminal.line(`  Conversation  ${id}`);
  terminal.line(`  Trace         ${path}`);
  terminal.line(`  Dataset       ${folder}`);
  terminal.line(recordedNotice);
};

type End = Extract<Recorded<ConversationEvent>, { type: 'TurnCompleted' | 'TurnFailed' | 'TurnCancelled' | 'TurnPaused' }>;

const isEnd = (event: Recorded<ConversationEvent>): event is End =>
  event.type === 'TurnCompleted' || event.type === 'TurnFailed' || event.type === 'TurnCancelled' || event.type === 'TurnPaused';

/** Shows the turn and keeps its trace file up to date; gives the event that ended it. */
const watch = async (client: TurnlogClient, id: string, { terminal, signal }: Interruptible, traceDir: string): Promise<End> => {
  const view = createLiveView(terminal, { showReasoning: true });
  const following = new AbortController();
  try {
    for await (const followed of client.follow(id, 0, AbortSignal.any([following.signal, signal]))) {
      view.show(followed);
      if (followed.type !== 'event') continue;
      await writeTraceFile(traceDir, await client.trace(id));
      if (isEnd(followed.event)) return followed.event;
    }
  } finally {
    following.abort();
  }
  throw signal.aborted ? signal.reason : new Error('The stream of events ended before the turn did.');
};
