// `turnlog push-traces`: builds a dataset and pushes it to the Hugging Face Hub.

import { type Command, Option } from 'commander';
import type { PushFlags } from '../actions/push-traces.ts';
import { addFilterFlags, addRowFlags, formatChoices } from '../datasets/dataset-flags.ts';

export const addPushTraces = (program: Command): void => {
  const command = program
    .command('push-traces')
    .description('Build a dataset and push it to the Hugging Face Hub, private unless told otherwise')
    .requiredOption('--repo-id <owner/name>', 'the dataset repository; made where there is none')
    .addOption(
      new Option('--format <format...>', 'what to push')
        .choices(formatChoices.filter((format) => format !== 'trace'))
        .default(['sft', 'hf']),
    )
    .addOption(new Option('--as <kind>', 'tables or lines').choices(['jsonl', 'parquet']).default('parquet'))
    .option('--trace-dir <dir>', 'push these trace files instead of the log; they are imported first')
    .option('--unroll', 'accepted: sft has a row for every assistant step anyway')
    .option('--sessions', 'also push sessions/ for the Hub’s session viewer')
    .option('--public', 'make or use a public repository: everybody can read these conversations')
    .option('--allow-secrets', 'push although secrets were found and replaced by placeholders')
    .option('--token <token>', 'Hub token (default: HF_TOKEN, or the file that `hf auth login` writes)');
  addRowFlags(addFilterFlags(command))
    .option('--json', 'print the result as JSON')
    .action(async (flags: PushFlags) => (await import('../actions/push-traces.ts')).runPush(flags));
};
