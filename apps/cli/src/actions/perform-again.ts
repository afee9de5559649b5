// `turnlog replay --mode cassette|live`: performs a prefix again in a fork, shows it live, and says where it went another way.

import type { ConversationDiff, ConversationView } from '@turnlog/core';
import { createTurnlogClient, type TurnlogClient } from '../client/turnlog-client.ts';
import { readSettings, type Settings } from '../compose/read-settings.ts';
import { startTurnlog } from '../compose/start-turnlog.ts';
import { createLiveView } from '../view/live-view.ts';
import type { Terminal } from '../view/terminal.ts';
import { listenForInterruption } from './until-interrupted.ts';

export interface PerformFlags {
  readonly at: number | undefined;
  readonly mode: 'cassette' | 'live';
  readonly model?: string;
  readonly config?: string;
  readonly json?: boolean;
}

export const performAgain = async (id: string, flags: PerformFlags): Promise<void> => {
  const settings = readSettings(flags.config === undefined ? {} : { config: flags.config });
  const { environment } = settings;
  const { signal } = listenForInterruption();
  const running = await startTurnlog({
    ...settings,
    databaseUrl: environment.databaseUrl,
    redisUrl: environment.redisUrl,
    dataDir: environment.dataDir,
    concurrency: 10,
    hasWorker: true,
    api: { host: '127.0.0.1', port: 0, allowedHosts: [], token: environment.token },
    signal,
  });
  try {
    if (running.api === undefined) throw new Error('A replay needs the API.');
    const client = createTurnlogClient(running.api.url, running.api.token);
    const { at, mode, model } = flags;
    const fork = await client.replay(id, { mode, ...(at !== undefined && { at }), ...(model !== undefined && { model }) });
    const end = await follow(client, fork, settings, flags, signal);
    await report(client, settings.terminal, id, end, flags);
  } finally {
    await running.stop();
  }
};

/** Until nothing is under way: every input was answered, or the replay waits or has stopped. */
const follow = async (
  client: TurnlogClient,
  fork: ConversationView,
  { terminal, errors }: Settings,
  { json }: PerformFlags,
  signal: AbortSignal,
): Promise<ConversationView> => {
  const view = createLiveView(json ? errors : terminal, { showReasoning: true });
  const following = new AbortController();
  const forkedAt = fork.forkedFrom?.version ?? 0;
  try {
    for await (const followed of client.follow(fork.id, forkedAt, AbortSignal.any([following.signal, signal]))) {
      view.show(followed);
      if (followed.type !== 'event' || !mayBeOver.has(followed.event.type)) continue;
      const now = await client.view(fork.id);
      if (now.phase !== 'running') return now;
    }
  } finally {
    following.abort();
  }
  throw signal.aborted ? signal.reason : new Error('The stream of events ended before the replay did.');
};

const mayBeOver = new Set<string>([
  'TurnCompleted',
  'TurnFailed',
  'TurnCancelled',
  'TurnPaused',
  'ReplayStopped',
  'ApprovalRequested',
  'ToolOutcomeUnknown',
  'ElicitationRequested',
]);

const report = async (
  client: TurnlogClient,
  terminal: Terminal,
  id: string,
  end: ConversationView,
  { mode, json }: PerformFlags,
): Promise<void> => {
  const diff = await client.diff(id, end.id);
  const isDone = end.phase === 'idle' && end.lastTurn?.end === 'completed';
  if (!isDone) process.exitCode = 1;
  if (json) {
    terminal.line(
      JSON.stringify({ id: end.id, mode, phase: end.phase, pausedBy: end.pausedBy, waitingFor: end.waitingFor, diff }),
    );
    return;
  }
  terminal.line();
  terminal.line(`Replayed in ${end.id}: ${endInWords(end)}`);
  terminal.line(differenceInWords(diff));
  if (mode === 'cassette') terminal.line('No tool was called: results came from the recordings.');
};

const endInWords = ({ phase, pausedBy, lastTurn, waitingFor = [], openSteps, messages }: ConversationView): string => {
  if (pausedBy === 'notRecorded') {
    const open = openSteps.find(({ kind }) => kind === 'tool');
    const call = messages.flatMap(({ tool_calls: calls = [] }) => calls).find(({ id }) => id === open?.callId);
    return `stopped at a call that was never recorded: ${open?.tool ?? ''} ${call?.function.arguments ?? ''}`;
  }
  if (phase === 'waiting') {
    const calls = waitingFor.map(({ tool, arguments: raw }) => `${tool} ${raw}`).join(', ');
    return `waits for a decision about ${calls}. Decide in the chat or by the API, with an engine running (npm start).`;
  }
  if (phase === 'paused') return `paused by ${pausedBy ?? 'a limit'}.`;
  return lastTurn?.end === 'completed' ? 'every input was answered.' : `the last turn ${lastTurn?.end ?? 'ended'}.`;
};

const differenceInWords = ({ messages }: ConversationDiff): string => {
  const [gone, came] = (['only_here', 'only_there'] as const).map(
    (side) => messages.filter(({ change }) => change === side).length,
  );
  return gone === 0 && came === 0
    ? 'Its messages are those of the original.'
    : `Of the original's messages, ${gone} did not come again; ${came} others came.`;
};
