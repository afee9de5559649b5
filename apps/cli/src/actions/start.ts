// `turnlog start`: API and worker in one process, or one of them in a container.

import { readSettings } from '../compose/read-settings.ts';
import { startTurnlog } from '../compose/start-turnlog.ts';
import { assertSafeListening, isLoopback } from '../configuration/assert-safe-listening.ts';
import { listenForInterruption } from './until-interrupted.ts';

/** Model calls wait on the network: a laptop carries many. */
const defaultConcurrency = 50;

export interface StartFlags {
  readonly config?: string;
  readonly only?: 'api' | 'worker';
  readonly concurrency?: string;
  readonly port?: string;
  readonly host?: string;
}

export const start = async (flags: StartFlags): Promise<void> => {
  const startedAt = performance.now();
  const settings = readSettings(flags);
  const { environment, say } = settings;
  if (flags.only !== 'worker') assertSafeListening({ ...environment, host: settings.host });
  const { signal, received } = listenForInterruption();
  const running = await startTurnlog({
    ...settings,
    signal,
    databaseUrl: environment.databaseUrl,
    redisUrl: environment.redisUrl,
    dataDir: environment.dataDir,
    concurrency: settings.concurrency ?? defaultConcurrency,
    hasWorker: flags.only !== 'api',
    ...(flags.only !== 'worker' && {
      api: { host: settings.host, port: settings.port, allowedHosts: environment.allowedHosts, token: environment.token },
    }),
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (running.api) sayReady(settings, running.api, seconds);
  else say(`Worker ready after ${seconds} s. Ctrl-C stops it.`);
  await received;
  say('Stopping: jobs in hand end first …');
  await running.stop();
  say('Stopped.');
};

const keyHint = 'no key yet: set OPENAI_API_KEY, or OPENAI_BASE_URL for a local server; `npm run demo` needs neither';

const sayReady = (
  { say, models, configuration, host }: ReturnType<typeof readSettings>,
  api: { readonly url: string; readonly token: string },
  seconds: string,
): void => {
  const servers = Object.keys(configuration.servers);
  const model = models.list().find((each) => each.isDefault);
  say(`Turnlog is ready after ${seconds} s.`);
  say('');
  // Beyond this machine the operator chose the token, and these lines end in a container's log: it stays out of them.
  if (isLoopback(host)) {
    say(`  Open   ${api.url}/?token=${api.token}`);
    say(`  Token  ${api.token}`);
  } else say(`  API    ${api.url}  (its token is TURNLOG_TOKEN)`);
  say(`  Model  ${models.defaultName}${model?.isUsable ? '' : `  (${keyHint})`}`);
  say(`  Tools  ${servers.length > 0 ? servers.join(', ') : 'none  (name MCP servers in config.json; see config.example.json)'}`);
  say('');
  if (isLoopback(host)) sayExample(say, api);
  say('Ctrl-C stops all of it.');
};

const sayExample = (say: (message: string) => void, api: { readonly url: string; readonly token: string }): void => {
  say('  Try it:');
  say(
    `    curl -s ${api.url}/conversations -H "Authorization: Bearer ${api.token}" -H 'Content-Type: application/json' -d '{"input":"Hello"}'`,
  );
  say('');
};
