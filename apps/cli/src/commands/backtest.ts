// `turnlog backtest`: asks models again at recorded steps.

import type { Command } from 'commander';
import type { BacktestFlags } from '../actions/backtest.ts';
import { addFilterFlags } from '../datasets/dataset-flags.ts';

export const addBacktest = (program: Command): void => {
  const command = program
    .command('backtest')
    .description('Ask models again at every recorded assistant step, with what was seen then, and score how far they agree')
    .option('-m, --model <names>', 'the models to ask, separated by commas (default: the default model)')
    .option('--last', 'only the last step of the newest trace (of the trace folder, else of the log), side by side')
    .option('--trace-dir <dir>', 'with --last: folder of trace files (default: traces)');
  addFilterFlags(command, '--recorded-model')
    .option('-c, --config <file>', 'models (default: config.json where there is one)')
    .option('--base-url <url>', 'OpenAI-compatible endpoint of the models')
    .option('--api-key <key>', 'its key (default: OPENAI_API_KEY)')
    .option('--concurrency <n>', 'calls at once (default: 4)')
    .option('--max-calls <n>', 'budget: make no more calls than these')
    .option('--max-tokens <n>', 'budget: make no more once so many tokens are spent')
    .option('--max-cost <n>', "budget: the same in the currency of the models' prices")
    .option('--resume <id>', 'go on with this backtest; with a budget, give it that one')
    .option('--rate <file>', 'take what was written into a file of disagreements as feedback on the recorded steps')
    .option('--out <dir>', 'folder for reports (default: backtests)')
    .option('--json', 'print the result as JSON')
    .action(async (flags: BacktestFlags) => (await import('../actions/backtest.ts')).backtest(flags));
};
