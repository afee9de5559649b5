// `turnlog verify-dataset`: holds a dataset against its manifest and against the log.

import type { Command } from 'commander';
import type { VerifyFlags } from '../actions/verify-dataset.ts';

export const addVerifyDataset = (program: Command): void => {
  program
    .command('verify-dataset')
    .description('Hold a dataset of ours against its manifest, and against the log: it is built again as the log was then')
    .argument('<folder>', 'a format’s folder, such as exports/sft, or its manifest.json')
    .option('--files-only', 'look at the files alone, without the log')
    .option('--tokenizer <dir-or-repo>', 'counts the tokens again where rows were left out for their length')
    .option('--json', 'print the report as JSON')
    .action(async (folder: string, flags: VerifyFlags) =>
      (await import('../actions/verify-dataset.ts')).runVerify(folder, flags),
    );
};
