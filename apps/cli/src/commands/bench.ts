// `turnlog bench`: the benchmark, which reads its own flags.

import type { Command } from 'commander';

export const addBench = (program: Command): void => {
  program
    .command('bench')
    .description(
      'Measure turns a second, the cost of a late step, or the export of a million events, beside the limits of the same machine',
    )
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async () => {
      process.argv.splice(2, 1);
      await import(new URL('../../../../bench/dist/main.js', import.meta.url).href);
    });
};
