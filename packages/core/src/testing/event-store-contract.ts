// What every event store keeps, as named cases without a test framework. Each works on any store, with conversations of its own:
// `it.each(eventStoreContract)('$name', ({ run }) => run(store, randomUUID))`.

import { appending } from './event-store-appending.ts';
import type { EventStoreCase } from './event-store-case.ts';
import { commands } from './event-store-commands.ts';
import { reading } from './event-store-reading.ts';

export { anAppend, commentsOf, type EventStoreCase, mustEqual, said } from './event-store-case.ts';

export const eventStoreContract: readonly EventStoreCase[] = [...appending, ...commands, ...reading];
