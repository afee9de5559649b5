// `turnlog collect`: many conversations from a file of prompts.

import { type Command, Option } from 'commander';
import type { CollectFlags } from '../actions/collect.ts';

export const addCollect = (program: Command): void => {
  program
    .command('collect')
    .description(
      'Hold a conversation for every prompt of a file, with each model, as often as wanted: resumable, within a budget',
    )
    .option(
      '--prompts <file>',
      'JSON lines {prompt|input|messages, system?, tags?, metadata?, expected?, grader?}, or plain lines in a .txt',
    )
    .option('--samples <n>', 'conversations of each prompt with each model (default: 1)')
    .option('--models <names>', 'models, separated by commas (default: the default model)')
    .option('--resume <id>', 'go on with this batch; with a budget, give it that one')
    .option('--again', 'begin anew, although the same was collected before')
    .option(
      '--grader <spec...>',
      'judge every answer: exact, regex:PATTERN, schema:FILE, called:TOOL, called:TOOL={…}, command:COMMAND',
    )
    .option('--grader-timeout <s>', 'seconds that a command of --grader may take', '60')
    .option('-c, --config <file>', 'MCP servers and models (default: config.json where there is one)')
    .option('--base-url <url>', 'OpenAI-compatible endpoint of the models')
    .option('--api-key <key>', 'its key (default: OPENAI_API_KEY)')
    .option('--server <url>', 'let the engine that runs there do it (its token: TURNLOG_TOKEN, or ?token=… in the URL)')
    .option('--system-prompt-text <text>', 'for prompts that have none of their own')
    .option('--system-prompt-file <file>', 'the same, from a file')
    .option('--servers <names>', 'only these MCP servers, separated by commas (default: all)')
    .addOption(
      new Option('--approval <policy>', 'which tool calls wait for a person (default: as the servers are configured)').choices([
        'ask',
        'auto',
        'never',
        'ask-if-destructive',
      ]),
    )
    .option('--truncate <n>', 'characters of a tool result that the model sees (default: all)')
    .option('--max-steps <n>', 'model and tool calls of a conversation (default: 50)')
    .option('--param <name=value...>', 'goes into every model request, such as temperature=0.7')
    .option('--tag <tag...>', 'tags for all conversations, beside batch:<id>')
    .option('--concurrency <n>', 'conversations in flight at once (default: 8)')
    .option('--max-conversations <n>', 'budget: begin no more than these')
    .option('--max-tokens <n>', 'budget: begin no more once so many tokens are spent')
    .option('--max-cost <n>', "budget: the same in the currency of the models' prices")
    .option('--json', 'print the summary as JSON')
    .action(async (flags: CollectFlags) => (await import('../actions/collect.ts')).collect(flags));
};
