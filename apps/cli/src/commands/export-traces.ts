// `turnlog export-traces`: projects the log into files.

import { type Command, Option } from 'commander';
import type { ExportFlags } from '../actions/export-traces.ts';

export const addExportTraces = (program: Command): void => {
  program
    .command('export-traces')
    .description('Write the conversations of the log as files; works beside `npm start` and without it')
    .addOption(new Option('--format <format>', 'what to write').choices(['trace']).default('trace'))
    .option('--out <dir>', 'folder to write into; new, or one of our exports', 'exports')
    .option('--id <id...>', 'only these conversations')
    .option('--tag <tag>', 'only conversations with this tag')
    .option('--model <name>', 'only conversations with this model')
    .addOption(new Option('--rating <n>', 'only conversations with this rating').choices(['-1', '0', '1']))
    .option('--since <time>', 'only conversations created at or after this ISO time')
    .option('--until <time>', 'only conversations created before this ISO time')
    .option('--q <text>', 'only conversations whose title holds this text')
    .addOption(
      new Option('--phase <phase>', 'only conversations in this phase').choices(['idle', 'running', 'waiting', 'paused']),
    )
    .option('--json', 'print the result as JSON')
    .action(async (flags: ExportFlags) => (await import('../actions/export-traces.ts')).runExport(flags));
};
