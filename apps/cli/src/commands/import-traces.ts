// `turnlog import-traces`: reads trace files into the log.

import type { Command } from 'commander';
import type { ImportFlags } from '../actions/import-traces.ts';

export const addImportTraces = (program: Command): void => {
  program
    .command('import-traces')
    .description('Read trace files into the log, where they replay, fork, export and go on; the same file twice adds nothing')
    .argument('<dir>', 'a folder of trace files (.json), a trace export, or one file')
    .option('-c, --config <file>', 'MCP servers and models to go on with (default: config.json where there is one)')
    .option('--tag <tag...>', 'tags for the imported conversations')
    .option('--json', 'print the result as JSON')
    .action(async (path: string, flags: ImportFlags) => (await import('../actions/import-traces.ts')).importTraces(path, flags));
};
