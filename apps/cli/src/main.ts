#!/usr/bin/env node
// The `turnlog` command. Exit codes: 0 done · 1 failed · 2 called wrongly · 130 interrupted.

import { Command, CommanderError } from 'commander';
import { addBacktest } from './commands/backtest.ts';
import { addBench } from './commands/bench.ts';
import { addChat } from './commands/chat.ts';
import { addCollect } from './commands/collect.ts';
import { addDb } from './commands/db.ts';
import { addDemo } from './commands/demo.ts';
import { addDoctor } from './commands/doctor.ts';
import { addExportTraces } from './commands/export-traces.ts';
import { addImportTraces } from './commands/import-traces.ts';
import { addPushTraces } from './commands/push-traces.ts';
import { addReplay } from './commands/replay.ts';
import { addReport } from './commands/report.ts';
import { addSimulate } from './commands/simulate.ts';
import { addStart } from './commands/start.ts';
import { addVerifyDataset } from './commands/verify-dataset.ts';
import { explain } from './explain.ts';

const program = new Command('turnlog')
  .description('An event-sourced engine that bridges MCP tool servers with OpenAI-compatible models')
  .version('0.1.0')
  .showHelpAfterError('(add --help for the flags)')
  .configureHelp({ showGlobalOptions: false })
  .exitOverride();

for (const add of [
  addStart,
  addChat,
  addCollect,
  addDemo,
  addDoctor,
  addExportTraces,
  addPushTraces,
  addVerifyDataset,
  addImportTraces,
  addReport,
  addReplay,
  addBacktest,
  addDb,
  addBench,
  addSimulate,
])
  add(program);

/** Whatever still holds the process open (an idle socket) is not worth waiting for; what was written is: a pipe may be slower. */
const end = async (code: typeof process.exitCode): Promise<never> => {
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((written) => stream.write('', written))));
  process.exit(code);
};

try {
  await program.parseAsync();
  await end(process.exitCode ?? 0);
} catch (error) {
  if (error instanceof CommanderError) await end(error.exitCode === 0 ? 0 : 2);
  const { message, exitCode } = explain(error);
  process.stderr.write(`${message}\n`);
  await end(exitCode);
}
