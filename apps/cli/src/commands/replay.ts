// `turnlog replay`: what any prefix of a conversation comes to, and whether it is what was recorded.

import { type Command, Option } from 'commander';
import type { ReplayFlags } from '../actions/replay.ts';

export const addReplay = (program: Command): void => {
  program
    .command('replay')
    .description('Replay a conversation, or a prefix of it; executes nothing')
    .argument('<id>', 'the id of the conversation')
    .option('--at <version>', 'the version to replay up to (default: the last one)')
    .addOption(
      new Option('--mode <mode>', 'project: state and messages; verify: compare with what was recorded, exit 1 if it differs')
        .choices(['project', 'verify'])
        .default('project'),
    )
    .option('--json', 'print the report as JSON')
    .action(async (id: string, flags: ReplayFlags) => (await import('../actions/replay.ts')).replay(id, flags));
};
