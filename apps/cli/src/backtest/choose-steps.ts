// Which conversations a backtest reads, and up to where: what is recorded later is not part of it.

import type { BacktestRequest } from '@turnlog/core';
import { type DatasetLog, findFamilies, type LogReader, readFamily, selectedIn } from '@turnlog/datasets';
import { contentFilterOf, filterOf } from '../datasets/dataset-request.ts';
import type { BacktestFlags } from './backtest-flags.ts';

export const chooseSteps = async (
  log: LogReader & Pick<DatasetLog, 'head'>,
  { model: _, recordedModel, ...flags }: BacktestFlags,
): Promise<BacktestRequest['conversations']> => {
  const filter = filterOf({ ...flags, ...(recordedModel !== undefined && { model: recordedModel }) });
  const content = contentFilterOf(flags);
  const chosen: BacktestRequest['conversations'] = [];
  for (const family of await findFamilies(log, filter, await log.head())) {
    const isRead = Object.keys(content).length > 0;
    const selected = isRead
      ? new Set(selectedIn(await readFamily(log, family), content).members.flatMap((one) => (one.isSelected ? [one.id] : [])))
      : undefined;
    for (const { id, version, forkedFrom, isSelected } of family.members)
      if (selected === undefined ? isSelected : selected.has(id))
        chosen.push({ id, through: version, inherited: forkedFrom?.version ?? 0 });
  }
  return chosen;
};
