// `turnlog report`: what an export will do to a model.

import type { Command } from 'commander';
import type { ReportFlags } from '../actions/report.ts';

export const addReport = (program: Command): void => {
  program
    .command('report')
    .description(
      'Say what an export (hf, sft, openai, sharegpt, dpo, kto, rl) will do to a model: lengths, what is trained, template traps, duplicates',
    )
    .argument('[dir]', 'folder that export-traces wrote, or the folder above several', 'exports')
    .option(
      '--tokenizer <dir-or-repo>',
      "the model's own: a folder with tokenizer.json, or owner/name on the Hub (HF_ENDPOINT, HF_TOKEN); without it lengths are characters",
    )
    .option('--max-tokens <n>', 'name the rows that are longer, which a trainer cuts or drops; needs --tokenizer')
    .option('--json', 'print the reports as JSON')
    .action(async (folder: string, flags: ReportFlags) => (await import('../actions/report.ts')).runReport(folder, flags));
};
