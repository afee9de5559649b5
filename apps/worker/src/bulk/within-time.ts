// Runs what may take for ever (a pattern that somebody sent) for a bounded time: V8 ends it, wherever it is.

import { createContext, Script } from 'node:vm';

const script = new Script('perform()');

/** Throws an Error with code ERR_SCRIPT_EXECUTION_TIMEOUT where it takes longer. Only for what never awaits. */
export const withinTime = <T>(ms: number, perform: () => T): T =>
  script.runInContext(createContext({ perform }), { timeout: ms }) as T;
