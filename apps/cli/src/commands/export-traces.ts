// `turnlog export-traces`: projects the log into files.

import { type Command, Option } from 'commander';
import type { ExportFlags } from '../actions/export-traces.ts';
import { addFilterFlags, addRowFlags, formatChoices } from '../datasets/dataset-flags.ts';

export const addExportTraces = (program: Command): void => {
  const command = program
    .command('export-traces')
    .description('Write the conversations of the log as files; works beside `npm start` and without it')
    .addOption(new Option('--format <format>', 'what to write').choices(formatChoices).default('trace'))
    .addOption(
      new Option('--as <kind>', 'lines, or a table where the format has columns (default: jsonl)').choices(['jsonl', 'parquet']),
    )
    .option('--manifest <file>', 'build again what this manifest.json was made from, as the log was then')
    .option('--out <dir>', 'folder to write into; new, or one of our exports', 'exports');
  addRowFlags(addFilterFlags(command))
    .option('--json', 'print the result as JSON')
    .action(async (flags: ExportFlags) => {
      const given = command.options.filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli');
      await (await import('../actions/export-traces.ts')).runExport(
        flags,
        given.map((option) => option.name()),
      );
    });
};
