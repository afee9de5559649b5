// `turnlog export-traces`: projects the log into files.

import { resolve } from 'node:path';
import type { ConversationFilter, ConversationList, Engine, ListedConversation, Phase, Trace } from '@turnlog/core';
import { toTrace } from '@turnlog/core';
import { exportTraces } from '@turnlog/datasets';
import { composeReader } from '../compose/compose-engine.ts';
import { openDatabase } from '../compose/open-database.ts';
import { readSettings } from '../compose/read-settings.ts';
import { createProgress } from '../view/progress.ts';

export interface ExportFlags {
  readonly format: 'trace';
  readonly out: string;
  readonly id?: readonly string[];
  readonly tag?: string;
  readonly model?: string;
  readonly rating?: string;
  readonly since?: string;
  readonly until?: string;
  readonly q?: string;
  readonly phase?: Phase;
  readonly json?: boolean;
}

export const runExport = async (flags: ExportFlags): Promise<void> => {
  const settings = readSettings({});
  const { environment, terminal } = settings;
  const filter = filterOf(flags);
  const opened = await openDatabase({ ...settings, ...environment });
  const progress = createProgress(settings.errors, 'conversations');
  try {
    const { list } = opened.database;
    const through = await opened.database.head();
    const items = await selected(list, filter);
    const { folder, manifest } = await exportTraces({
      out: resolve(environment.folder, flags.out),
      filters: { ...filter },
      through,
      traces: tracesOf(composeReader(opened.database), items),
      onProgress: (done) => progress.update(done, items.length),
    });
    progress.end();
    if (flags.json) terminal.line(JSON.stringify({ folder, files: manifest.files.length, excluded: manifest.excluded, through }));
    else
      terminal.line(
        `Wrote ${manifest.files.length} trace${manifest.files.length === 1 ? '' : 's'} to ${folder}${excludedText(manifest.excluded)}`,
      );
  } finally {
    progress.end();
    await opened.close();
  }
};

const excludedText = (excluded: Readonly<Record<string, number>>): string => {
  const parts = Object.entries(excluded).map(([reason, count]) => `${count} ${reason}`);
  return parts.length === 0 ? '' : ` (left out: ${parts.join(', ')})`;
};

const filterOf = ({ id, tag, model, rating, since, until, q, phase }: ExportFlags): ConversationFilter => ({
  ...(id && { ids: id }),
  ...(tag !== undefined && { tag }),
  ...(model !== undefined && { model }),
  ...(rating !== undefined && { rating: Number(rating) as -1 | 0 | 1 }),
  ...(since !== undefined && { since: isoTime('--since', since) }),
  ...(until !== undefined && { until: isoTime('--until', until) }),
  ...(q !== undefined && { q }),
  ...(phase !== undefined && { phase }),
});

const isoTime = (flag: string, text: string): string => {
  const time = new Date(text);
  if (Number.isNaN(time.getTime()))
    throw new Error(`${flag} got ${JSON.stringify(text)}, takes an ISO time such as 2026-11-22 or 2026-11-22T14:00:00Z.`);
  return time.toISOString();
};

/** Ordered by id, so that the same selection gives the same files. */
const selected = async (list: ConversationList, filter: ConversationFilter): Promise<readonly ListedConversation[]> => {
  const items: ListedConversation[] = [];
  let cursor: string | undefined;
  do {
    const page = await list.list(filter, { limit: 200, ...(cursor !== undefined && { cursor }) });
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return items.sort((a, b) => (a.id < b.id ? -1 : 1));
};

async function* tracesOf(engine: Pick<Engine, 'load' | 'forget'>, items: readonly ListedConversation[]): AsyncGenerator<Trace> {
  for (const { id } of items) {
    yield toTrace(id, await engine.load(id));
    engine.forget(id);
  }
}
