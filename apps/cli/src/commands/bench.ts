// `turnlog bench`: the benchmark, which reads its own flags.

import type { Command } from 'commander';

export const addBench = (program: Command): void => {
  program
    .command('bench')
    .description('Measure turns a second on both queue backends, beside the raw commit limit of the same Postgres')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async () => {
      process.argv.splice(2, 1);
      await import(new URL('../../../../bench/dist/main.js', import.meta.url).href);
    });
};
