// `turnlog chat`: talk to a model that has tools; every event is kept, and the trace file follows.

import { type Command, Option } from 'commander';
import type { ChatFlags } from '../actions/chat.ts';

export const addChat = (program: Command): void => {
  program
    .command('chat')
    .description('Talk to a model that has tools; everything is recorded, and a trace file is kept up to date')
    .option('-c, --config <file>', 'MCP servers and models (default: config.json where there is one)')
    .option('-m, --model <name>', 'the model (default: OPENAI_MODEL, the first of the configuration, or gpt-4o)')
    .option('--base-url <url>', 'an OpenAI-compatible endpoint, such as http://localhost:8000/v1')
    .option('--api-key <key>', 'its key (default: OPENAI_API_KEY)')
    .option('--show-reasoning', 'show what the model thinks', true)
    .option('--no-show-reasoning', 'hide what the model thinks (it is recorded all the same)')
    .option('--trace-dir <dir>', 'folder of the trace files', 'traces')
    .option('--system-prompt', 'begin with the system prompt of a file')
    .option('--system-prompt-file <file>', 'that file (default: system_prompt.txt)')
    .option('--system-prompt-text <text>', 'begin with this system prompt')
    .option('--truncate <n>', 'characters of a tool result that the model sees (default: all)')
    .addOption(
      new Option('--approval <policy>', 'which tool calls ask you first')
        .choices(['ask', 'auto', 'never', 'ask-if-destructive'])
        .default('ask'),
    )
    .option('--server <url>', 'talk to the engine that runs there (its token: TURNLOG_TOKEN, or ?token=… in the URL)')
    .action(async (flags: ChatFlags) => (await import('../actions/chat.ts')).chat(flags));
};
