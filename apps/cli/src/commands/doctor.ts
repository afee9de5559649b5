// `turnlog doctor`: does this endpoint do what a conversation with tools needs, and how does it want to be asked?

import type { Command } from 'commander';
import type { DoctorFlags } from '../actions/doctor.ts';

export const addDoctor = (program: Command): void => {
  program
    .command('doctor')
    .description(
      'Check a model endpoint (models, streaming, tool calls, reasoning, usage, context) and the MCP servers of a configuration; exit 1 if unusable',
    )
    .argument('[base-url]', 'the endpoint, up to and including the version, such as http://localhost:8000/v1')
    .option('-m, --model <name>', 'the model to ask (default: the first of the list)')
    .option('--api-key <key>', 'its key (default: OPENAI_API_KEY, which only its own endpoint is sent)')
    .option('--all-local', 'check every model server that answers on the usual local ports')
    .option(
      '-c, --config <file>',
      'start every MCP server of this file and list its tools; without a URL, check its first model too',
    )
    .option('--json', 'print the findings as JSON')
    .action(async (url: string | undefined, flags: DoctorFlags) => (await import('../actions/doctor.ts')).doctor(url, flags));
};
