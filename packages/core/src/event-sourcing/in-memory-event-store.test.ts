import { describe, it } from 'vitest';
import { datasetRegistryContract } from '../testing/dataset-registry-contract.ts';
import { erasureContract } from '../testing/erasure-contract.ts';
import { eventStoreContract } from '../testing/event-store-contract.ts';
import { createInMemoryDatasetRegistry } from './in-memory-dataset-registry.ts';
import { createInMemoryEventStore } from './in-memory-event-store.ts';

let ids = 0;
const newId = (): string => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`;

describe('in-memory event store', () => {
  it.each(erasureContract)('$name', ({ run }) => run(createInMemoryEventStore(), newId));
  it.each(datasetRegistryContract)('$name', ({ run }) => {
    const store = createInMemoryEventStore();
    return run({ store, datasets: createInMemoryDatasetRegistry(store) }, newId);
  });
  it.each(eventStoreContract)('$name', ({ run }) => run(createInMemoryEventStore(), newId));
});
