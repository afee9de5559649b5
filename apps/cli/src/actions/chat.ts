// `turnlog chat`: a conversation at the terminal.

import { resolve } from 'node:path';
import { CalledWrongly } from '../called-wrongly.ts';
import { type ChatFlags, checkServerFlags, conversationSettings } from '../chat/chat-flags.ts';
import { type Chat, createChat } from '../chat/converse.ts';
import type { ChatInput } from '../chat/input/chat-input.ts';
import { createPipedInput } from '../chat/input/piped-input.ts';
import { createTerminalInput } from '../chat/input/terminal-input.ts';
import { type ChatEngine, joinEngine, startEngine } from '../chat/open-engine.ts';
import { readSettings, type Settings } from '../compose/read-settings.ts';
import { findLocalServers, usualPorts } from '../doctor/local-servers.ts';
import { Interrupted } from './until-interrupted.ts';

export type { ChatFlags } from '../chat/chat-flags.ts';

export const chat = async (flags: ChatFlags): Promise<void> => {
  checkServerFlags(flags);
  const settings = readSettings(flags);
  const { environment } = settings;
  const conversation = await conversationSettings(flags, environment.folder);
  if (flags.server === undefined) await assertEndpoint(settings);
  // What a person at a chat needs of it stands in the events, which are shown.
  if (environment.variables.LOG_LEVEL === undefined) settings.log.level = 'fatal';

  const interruptions = createInterruptions();
  const engine =
    flags.server === undefined
      ? await startEngine(settings, interruptions.leaving)
      : await joinEngine(flags.server, environment.token, flags.model);
  const input = interruptions.forgetAtEveryLine(openInput(settings, interruptions));
  const talk = createChat({
    client: engine.client,
    input,
    settings: conversation,
    traceDir: resolve(environment.folder, flags.traceDir),
    showReasoning: flags.showReasoning,
    pathOf: (typed) => resolve(environment.folder, typed),
    leaving: interruptions.leaving,
    listedTools: engine.listedTools,
    isForeignWorker: engine.isForeignWorker,
  });
  interruptions.passOnTo(talk);
  await untilLeft({ engine, input, talk, flags, interruptions });
};

interface Running {
  readonly engine: ChatEngine;
  readonly input: ChatInput;
  readonly talk: Chat;
  readonly flags: ChatFlags;
  readonly interruptions: Interruptions;
}

const untilLeft = async ({ engine, input, talk, flags, interruptions }: Running): Promise<void> => {
  const { terminal } = input;
  try {
    terminal.line(`${terminal.style('bold', 'Turnlog chat')} · ${engine.about} · approval: ${flags.approval}`);
    terminal.line(terminal.style('dim', '/help shows the commands. Ctrl-C stops a turn; twice, it leaves.'));
    const wentWell = await talk.converse();
    if (!wentWell && !terminal.isInteractive) process.exitCode = 1;
  } catch (error) {
    if (!interruptions.leaving.aborted) throw error;
  } finally {
    input.close();
    await sayWhatIsLeft(talk, input);
    await engine.close();
  }
  if (interruptions.leaving.reason instanceof Interrupted) throw interruptions.leaving.reason;
};

const sayWhatIsLeft = async (talk: Chat, { terminal }: ChatInput): Promise<void> => {
  const left = await talk.close();
  if (left === undefined) return;
  terminal.line('');
  terminal.line(`Conversation  ${left.id}`);
  if (left.path !== undefined) terminal.line(`Trace         ${left.path}`);
};

const openInput = ({ terminal }: Settings, { interrupt, forget }: Interruptions): ChatInput => {
  const { stdin, stdout } = process;
  return stdin.isTTY && stdout.isTTY
    ? createTerminalInput({ stdin, stdout, terminal, onInterrupt: interrupt, onCleared: forget })
    : createPipedInput(stdin, terminal);
};

/** Ctrl-C stops the turn; the second time it leaves. Other signals leave at once. */
const createInterruptions = () => {
  const leaving = new AbortController();
  let presses = 0;
  let stop: () => void = () => leaving.abort(new Interrupted());
  const interrupt = () => {
    presses += 1;
    if (presses > 1) leaving.abort(new Left());
    else stop();
  };
  const forget = () => {
    presses = 0;
  };
  process.on('SIGINT', interrupt);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => leaving.abort(new Interrupted()));
  return {
    leaving: leaving.signal,
    interrupt,
    forget,
    forgetAtEveryLine: (input: ChatInput): ChatInput => ({
      ...input,
      ask: async (prompt, options) => {
        const line = await input.ask(prompt, options);
        forget();
        return line;
      },
    }),
    passOnTo: (talk: Chat) => {
      stop = talk.interrupt;
    },
  };
};

type Interruptions = ReturnType<typeof createInterruptions>;

class Left extends Error {
  override readonly name = 'Left';
}

/** Says what can be done instead, with what was found on this machine. */
const assertEndpoint = async ({ models, terminal }: Settings): Promise<void> => {
  if (models.endpointOf(models.defaultName) !== undefined) return;
  const found = await findLocalServers();
  const ports = usualPorts.map(({ port, server }) => `${port} ${server}`).join(', ');
  const locals = found.map(
    ({ server, baseUrl, models: ids }) =>
      `    npm run chat -- --base-url ${baseUrl} --model ${ids[0] ?? 'NAME'}    (on the port of ${server})`,
  );
  throw new CalledWrongly(
    [
      terminal.style('bold', `No endpoint for the model ${models.defaultName}.`),
      '  With a key:      set OPENAI_API_KEY (in the environment or in .env), or --api-key',
      ...(locals.length > 0
        ? ['  On this machine a model server answers:', ...locals]
        : [`  A local server:  --base-url http://127.0.0.1:8000/v1 --model NAME   (none answered on ${ports})`]),
      '  Without any:     npm run demo',
    ].join('\n'),
  );
};
