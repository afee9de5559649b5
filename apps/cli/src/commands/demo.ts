// `turnlog demo`: the whole job once, without a key.

import type { Command } from 'commander';
import type { DemoFlags } from '../actions/demo.ts';

export const addDemo = (program: Command): void => {
  program
    .command('demo')
    .description('Do the whole job once, without a key: real tools, a recorded model, a trace and a dataset file at the end')
    .option('--trace-dir <dir>', 'folder of the trace file', 'traces')
    .option('--out <dir>', 'folder of the exported dataset', 'exports')
    .action(async (flags: DemoFlags) => (await import('../actions/demo.ts')).demo(flags));
};
