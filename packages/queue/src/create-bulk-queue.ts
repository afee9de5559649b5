// The producer of the queue for batches, exports and backtests: beside the steps, so that none of them ever waits behind one.
import type { BulkQueue } from '@turnlog/core';
import { createProducer, type ProducerOptions } from './create-producer.ts';
import type { QueueBackend } from './queue-backend.ts';
import { BULK_QUEUE } from './queue-settings.ts';

export interface BulkQueueOptions extends ProducerOptions {
  readonly name?: string;
}

export const createBulkQueue = (backend: QueueBackend, { name = BULK_QUEUE, ...options }: BulkQueueOptions = {}): BulkQueue => {
  const producer = createProducer(backend, name, options);
  return {
    add: (ids) => producer.add(ids.map((id) => ({ name: 'bulk', data: { id }, opts: { jobId: id } }))),
    close: producer.close,
  };
};
