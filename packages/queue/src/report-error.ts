export type OnError = (error: Error) => void;

/** The default of `onError`: says it on stderr. A lost backend is reported and survived, never thrown. */
export const reportError: OnError = (error) => console.error(`queue: ${error.message || error.name}`);
