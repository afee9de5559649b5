// `turnlog backtest --rate FILE`: what a person wrote beside disagreements becomes feedback.

import { resolve } from 'node:path';
import type { BacktestFlags } from '../backtest/backtest-flags.ts';
import { rateDisagreements } from '../backtest/rate-disagreements.ts';
import { composeWriter } from '../compose/compose-engine.ts';
import { openDatabase } from '../compose/open-database.ts';
import { readSettings } from '../compose/read-settings.ts';

export const backtestRate = async (file: string, { json }: BacktestFlags): Promise<void> => {
  const settings = readSettings({});
  const opened = await openDatabase({ ...settings, ...settings.environment });
  try {
    const found = await rateDisagreements(composeWriter(opened.database), resolve(settings.environment.folder, file));
    if (found.refused.length > 0) process.exitCode = 1;
    if (json) settings.terminal.line(JSON.stringify(found));
    else {
      settings.terminal.line(`Rated ${found.rated} step${found.rated === 1 ? '' : 's'}, ${found.left} left as they were.`);
      for (const line of found.refused) settings.terminal.line(`  refused: ${line}`);
    }
  } finally {
    await opened.close();
  }
};
