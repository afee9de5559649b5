// A client of the live stream, as an EventSource is one: it remembers the last id and gives it back when it returns.

export interface Frame {
  readonly id?: number;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails if it is not there.
  readonly data: any;
}

export interface Following {
  readonly status: number;
  readonly headers: Headers;
  /** The next frames until one that matches, that one included. */
  until(matches: (frame: Frame) => boolean): Promise<readonly Frame[]>;
  /** Comments that came so far. */
  readonly comments: () => number;
  /** Resolves when the server ends the stream. */
  ended(): Promise<void>;
  disconnect(): void;
}

export const followEvents = async (url: string, headers: Readonly<Record<string, string>>): Promise<Following> => {
  const aborting = new AbortController();
  const response = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal: aborting.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const frames: Frame[] = [];
  let comments = 0;
  let text = '';
  const pull = async (): Promise<boolean> => {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
    text += value ?? '';
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      if (block.startsWith(':')) comments += 1;
      if (block.includes('data: ')) frames.push(frameOf(block));
    }
    return !done;
  };
  return {
    status: response.status,
    headers: response.headers,
    until: async (matches) => {
      for (;;) {
        const at = frames.findIndex(matches);
        if (at !== -1) return frames.splice(0, at + 1);
        if (!(await pull())) throw new Error('The stream ended.');
      }
    },
    comments: () => comments,
    ended: async () => {
      while (await pull());
    },
    disconnect: () => aborting.abort(),
  };
};

const frameOf = (block: string): Frame => {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const),
  );
  const id = fields.get('id');
  return {
    event: fields.get('event') ?? 'message',
    data: JSON.parse(fields.get('data') ?? 'null'),
    ...(id !== undefined && { id: Number(id) }),
  };
};
