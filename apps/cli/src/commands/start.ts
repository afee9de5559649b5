// `turnlog start`: API and worker in one process, or one of them in a container.

import { type Command, Option } from 'commander';
import type { StartFlags } from '../actions/start.ts';

export const addStart = (program: Command): void => {
  program
    .command('start')
    .description('Start the API and a worker on this machine, with an embedded Postgres unless DATABASE_URL is set')
    .option('-c, --config <file>', 'MCP servers and models (default: config.json where there is one)')
    .option('--host <host>', 'address to listen on (default: TURNLOG_HOST or 127.0.0.1)')
    .option('--port <port>', 'port to listen on (default: TURNLOG_PORT or 3210)')
    .option('--concurrency <n>', 'steps performed at once (default: 50)')
    .addOption(new Option('--only <part>', 'run only this part in this process').choices(['api', 'worker']))
    .action(async (flags: StartFlags) => (await import('../actions/start.ts')).start(flags));
};
