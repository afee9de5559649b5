// Families are read from the log while those before them are projected: neither waits for the other.

import type { ForkFamilyIndex } from './fork-families.ts';

/** What is read and not yet asked for holds at most so many events, or one family. */
const eventsAhead = 2_000;
/** Fewer than a database has connections for readers: a read that waited for one too long would end the build. */
const readsAtOnce = 3;

/** The same reads, begun in `order` before they are asked for. */
export const readingAhead = <Read>(
  read: (family: ForkFamilyIndex) => Promise<Read>,
  order: readonly ForkFamilyIndex[],
): ((family: ForkFamilyIndex) => Promise<Read>) => {
  const begun = new Map<ForkFamilyIndex, Promise<Read>>();
  let next = 0;
  let ahead = 0;
  let underWay = 0;
  const begin = (): void => {
    for (let family = order[next]; family !== undefined && underWay < readsAtOnce; family = order[next]) {
      const events = eventsOf(family);
      if (begun.size > 0 && ahead + events > eventsAhead) return;
      begun.set(family, started(family));
      ahead += events;
      next += 1;
    }
  };
  const started = (family: ForkFamilyIndex): Promise<Read> => {
    underWay += 1;
    const reading = read(family);
    const ended = (): void => {
      underWay -= 1;
      begin();
    };
    // Whoever asks for it is told that it failed.
    reading.then(ended, ended);
    return reading;
  };
  return (family) => {
    begin();
    const reading = begun.get(family);
    if (reading === undefined) return read(family);
    begun.delete(family);
    ahead -= eventsOf(family);
    begin();
    return reading;
  };
};

const eventsOf = ({ members }: ForkFamilyIndex): number => members.reduce((sum, { version }) => sum + version, 0);
