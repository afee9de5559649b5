// The parts of a worker without its timers: for who drives them on a time of its own (the simulation).

export { createActiveAttempts } from './active-attempts.ts';
export { createToolSchemas } from './mcp/tool-schemas.ts';
export { createPerformer } from './perform-attempt.ts';
export { createReconciler, leaseTtlMs } from './reconcile.ts';
export { abortOnHints } from './worker.ts';
