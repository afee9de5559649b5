// `turnlog replay`: what any prefix of a conversation comes to, whether it is what was recorded, and performing it again.

import { type Command, Option } from 'commander';
import type { ReplayFlags } from '../actions/replay.ts';

const modes = [
  'project: state and messages',
  'verify: compare with what was recorded, exit 1 if it differs',
  'cassette: ask the model again and answer tools from the recordings, exit 1 at a call that was never recorded',
  'live: everything again, side effects wait for approval',
].join('; ');

export const addReplay = (program: Command): void => {
  program
    .command('replay')
    .description(
      'Replay a conversation, or a prefix of it; project and verify execute nothing, cassette and live go on in a fork',
    )
    .argument('<id>', 'the id of the conversation')
    .option('--at <version>', 'the version to replay up to (default: the last one)')
    .addOption(new Option('--mode <mode>', modes).choices(['project', 'verify', 'cassette', 'live']).default('project'))
    .option('-m, --model <name>', 'another model for cassette or live')
    .option('-c, --config <file>', 'models and MCP servers for cassette or live (default: config.json where there is one)')
    .option('--json', 'print the report as JSON')
    .action(async (id: string, flags: ReplayFlags) => (await import('../actions/replay.ts')).replay(id, flags));
};
