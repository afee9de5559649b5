// What `/readyz` asks and `/metrics` counts, each with an end: an answer that does not come is an answer too.

import type { CountedJobQueue } from '@turnlog/queue';

const patienceMs = 2_000;

export interface PartCheck {
  readonly ok: boolean;
  readonly detail?: string;
}

/** Asks every part at once whether it works. */
export const checkParts = async (parts: Readonly<Record<string, () => Promise<unknown>>>): Promise<Record<string, PartCheck>> =>
  Object.fromEntries(await Promise.all(Object.entries(parts).map(async ([name, ask]) => [name, await check(ask)] as const)));

const check = async (ask: () => Promise<unknown>): Promise<PartCheck> => {
  const late = new Promise<PartCheck>((resolve) => {
    setTimeout(() => resolve({ ok: false, detail: `no answer within ${patienceMs / 1_000} s` }), patienceMs).unref();
  });
  const answer = ask().then(
    (): PartCheck => ({ ok: true }),
    (error: unknown): PartCheck => ({ ok: false, detail: error instanceof Error ? error.message : 'not reachable' }),
  );
  return Promise.race([answer, late]);
};

/** Jobs in the queue as Prometheus text; nothing while the queue cannot be asked. */
export const queueMetrics = async (queue: CountedJobQueue): Promise<string> => {
  const counts = await queue.countJobs().catch(() => undefined);
  if (counts === undefined) return '';
  const lines = Object.entries(counts).map(([state, count]) => `turnlog_jobs{state="${state}"} ${count}`);
  return `# HELP turnlog_jobs Jobs in the queue.\n# TYPE turnlog_jobs gauge\n${lines.join('\n')}\n`;
};
