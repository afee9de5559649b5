// Virtual time: what is planned happens in order of time, then of planning. Between two of them every promise that can
// go on does, so nothing depends on how fast this machine is.

export interface Scheduler {
  /** Milliseconds since 1970, virtual. */
  now(): number;
  after(ms: number, action: () => void): void;
  sleep(ms: number): Promise<void>;
  /** Goes on until `isOver` says so between two actions, or until this time. */
  run(until: number, isOver?: () => boolean): Promise<void>;
}

interface Planned {
  readonly at: number;
  readonly order: number;
  readonly action: () => void;
}

export const createScheduler = (start: number): Scheduler => {
  const heap: Planned[] = [];
  let now = start;
  let planned = 0;
  const after = (ms: number, action: () => void) => push(heap, { at: now + Math.max(0, ms), order: planned++, action });
  return {
    now: () => now,
    after,
    sleep: (ms) => new Promise((resolve) => after(ms, resolve)),
    run: async (until, isOver = () => false) => {
      await settled();
      while (!isOver()) {
        const next = heap[0];
        if (next === undefined || next.at > until) break;
        pop(heap);
        now = Math.max(now, next.at);
        next.action();
        await settled();
      }
      if (!isOver()) now = Math.max(now, until);
    },
  };
};

/** Node empties the queue of promises before it turns to immediates. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const isBefore = (a: Planned | undefined, b: Planned | undefined): boolean =>
  a !== undefined && b !== undefined && (a.at < b.at || (a.at === b.at && a.order < b.order));

const swap = (heap: Planned[], a: number, b: number): void => {
  const [first, second] = [heap[a], heap[b]];
  if (first === undefined || second === undefined) return;
  heap[a] = second;
  heap[b] = first;
};

const push = (heap: Planned[], item: Planned): void => {
  heap.push(item);
  for (let at = heap.length - 1; at > 0; ) {
    const parent = (at - 1) >> 1;
    if (!isBefore(heap[at], heap[parent])) return;
    swap(heap, at, parent);
    at = parent;
  }
};

const pop = (heap: Planned[]): void => {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  for (let at = 0; ; ) {
    const [left, right] = [2 * at + 1, 2 * at + 2];
    let first = isBefore(heap[left], heap[at]) ? left : at;
    if (isBefore(heap[right], heap[first])) first = right;
    if (first === at) return;
    swap(heap, at, first);
    at = first;
  }
};
