// What a line of the chat means: words for the model, or a command of the chat itself.

export type ChatLine =
  | { readonly type: 'message'; readonly text: string }
  | { readonly type: 'nothing' }
  | { readonly type: 'wrong'; readonly message: string }
  | ChatCommand;

export type ChatCommand =
  | { readonly type: 'back'; readonly to?: number }
  | { readonly type: 'edit'; readonly text?: string }
  | { readonly type: 'retry' }
  | { readonly type: 'rate'; readonly rating: -1 | 0 | 1; readonly comment?: string }
  | { readonly type: 'resume'; readonly limit?: number }
  | { readonly type: 'tools' }
  | { readonly type: 'events'; readonly version?: number }
  | { readonly type: 'save'; readonly path?: string }
  | { readonly type: 'help' }
  | { readonly type: 'exit' };

interface Usage {
  readonly usage: string;
  readonly does: string;
  /** Undefined: these words cannot be meant. */
  readonly read: (rest: string) => ChatCommand | undefined;
}

const wholeNumber = (text: string): number | undefined => (/^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined);

const alone =
  (type: 'retry' | 'tools' | 'help' | 'exit') =>
  (rest: string): ChatCommand | undefined =>
    rest === '' ? { type } : undefined;

const withNumber =
  <T>(read: (value?: number) => T) =>
  (rest: string): T | undefined => {
    const value = wholeNumber(rest);
    if (rest === '') return read();
    return value === undefined ? undefined : read(value);
  };

const ratings = { good: 1, ok: 0, bad: -1 } as const;

const readRating = (rest: string): ChatCommand | undefined => {
  const [, word, comment = ''] = /^(good|ok|bad)(?:\s+(.*))?$/is.exec(rest) ?? [];
  if (word === undefined) return undefined;
  const rating = ratings[word.toLowerCase() as keyof typeof ratings];
  return { type: 'rate', rating, ...(comment !== '' && { comment }) };
};

const usages: Readonly<Record<string, Usage>> = {
  back: {
    usage: '/back N',
    does: 'go back to before message N, in a fork; /back alone lists the messages with their numbers',
    read: withNumber((to) => ({ type: 'back', ...(to !== undefined && { to }) })),
  },
  edit: {
    usage: '/edit [text]',
    does: 'say your last message differently, in a fork; without text it is offered for editing',
    read: (text) => ({ type: 'edit', ...(text !== '' && { text }) }),
  },
  retry: { usage: '/retry', does: 'ask again for the answer to your last message, in a fork', read: alone('retry') },
  rate: {
    usage: '/rate good|ok|bad [comment]',
    does: 'say what the last turn was worth: of two answers to the same, the better one is preferred in training',
    read: readRating,
  },
  resume: {
    usage: '/resume [N]',
    does: 'go on after a limit has paused the turn, with the limit doubled or set to N',
    read: withNumber((limit) => ({ type: 'resume', ...(limit !== undefined && { limit }) })),
  },
  tools: { usage: '/tools', does: 'list the tools', read: alone('tools') },
  events: {
    usage: '/events [N]',
    does: 'list the events of the conversation, or show event N whole',
    read: withNumber((version) => ({ type: 'events', ...(version !== undefined && { version }) })),
  },
  save: {
    usage: '/save [file]',
    does: 'say where the trace file is, which is kept up to date anyway; with a file, write a copy there',
    read: (path) => ({ type: 'save', ...(path !== '' && { path }) }),
  },
  help: { usage: '/help', does: 'show this', read: alone('help') },
  exit: { usage: '/exit', does: 'leave (so do Ctrl-D, and Ctrl-C twice)', read: alone('exit') },
};

/** A path such as /etc/hosts is no command, and a line that begins with // is a message that begins with /. */
export const readChatLine = (line: string): ChatLine => {
  const text = line.trim();
  if (text === '') return { type: 'nothing' };
  if (text.startsWith('//')) return { type: 'message', text: text.slice(1) };
  const [, name, rest = ''] = /^\/([a-z]+)(?:\s+(.*))?$/is.exec(text) ?? [];
  if (name === undefined) return { type: 'message', text };
  const known = Object.hasOwn(usages, name.toLowerCase()) ? usages[name.toLowerCase()] : undefined;
  if (known === undefined)
    return { type: 'wrong', message: `There is no /${name}. /help lists what there is; // begins a message with /.` };
  return known.read(rest.trim()) ?? { type: 'wrong', message: `Use it so: ${known.usage} (${known.does})` };
};

export const helpLines = (): readonly string[] => [
  ...Object.values(usages).map(({ usage, does }) => `${usage.padEnd(27)} ${does}`),
  '',
  'Everything else goes to the model. Pasted lines stay together; Alt-Enter begins a new line. Arrow up brings back what you said.',
  'Ctrl-C stops the turn; twice, it leaves.',
];
