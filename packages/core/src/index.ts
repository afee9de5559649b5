export * from './conversation/failure.ts';
export * from './conversation/messages.ts';
export * from './conversation/settings.ts';
export * from './ports/job-queue.ts';
