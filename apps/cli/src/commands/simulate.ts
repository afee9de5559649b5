// `turnlog simulate`: the deterministic simulation, which reads its own flags.

import type { Command } from 'commander';

export const addSimulate = (program: Command): void => {
  program
    .command('simulate')
    .description('Simulate many conversations under faults, each from one seed, and audit the guarantees on their logs')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async () => {
      process.argv.splice(2, 1);
      await import(new URL('../../../../simulation/dist/main.js', import.meta.url).href);
    });
};
