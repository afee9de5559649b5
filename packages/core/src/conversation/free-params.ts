// What an operator or a request may add to the body of a model call. It shapes an answer; it never replaces what the log says
// was asked.

/** The engine itself sets these: a param of the same name would rewrite history or the wire format. */
export const reservedParams: readonly string[] = ['model', 'messages', 'tools', 'functions', 'stream', 'stream_options', 'n'];

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `extra_body` is the clients' word for fields that they do not know: its keys belong into the body, over the others. */
export const freeParams = ({ extra_body: extra, ...params }: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries({ ...params, ...(isRecord(extra) && extra) }).filter(([name]) => !reservedParams.includes(name)),
  );

/** What of these params would not be sent as it is given, as paths. */
export const paramFaults = (params: Record<string, unknown>): readonly { readonly path: string; readonly message: string }[] => {
  const { extra_body: extra, ...own } = params;
  const isGiven = Object.hasOwn(params, 'extra_body');
  if (isGiven && !isRecord(extra)) return [{ path: 'extra_body', message: 'takes an object of fields for the body' }];
  const names = [...Object.keys(own), ...Object.keys(isRecord(extra) ? extra : {}).map((name) => `extra_body.${name}`)];
  return names
    .filter((path) => reservedParams.includes(path.replace(/^extra_body\./, '')))
    .map((path) => ({ path, message: 'is set by the engine itself' }));
};
