export * from './create-bulk-queue.ts';
export * from './create-job-queue.ts';
export * from './prepare-queue.ts';
export * from './queue-backend.ts';
export * from './start-job-consumer.ts';
export * from './worker-queues.ts';
