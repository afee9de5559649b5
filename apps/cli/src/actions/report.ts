// `turnlog report`: reads what an export wrote, row by row, and leaves report.json beside it.

import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  createReporter,
  type ExportFolder,
  type FaithfulnessReport,
  factsOf,
  findExports,
  type ReportedFormat,
  readRows,
  reportedFormats,
} from '@turnlog/datasets';
import { readSettings, type Settings } from '../compose/read-settings.ts';
import { mostTokens, rendererOf, type TokenFlags } from '../datasets/token-limit.ts';
import { createProgress } from '../view/progress.ts';
import { reportLines } from '../view/report-lines.ts';

export interface ReportFlags extends TokenFlags {
  readonly json?: boolean;
}

type Reportable = ExportFolder & { readonly format: ReportedFormat };

export const runReport = async (folder: string, flags: ReportFlags): Promise<void> => {
  const settings = readSettings({});
  const { terminal, environment } = settings;
  const maxTokens = mostTokens(flags);
  const found = await findExports(resolve(environment.folder, folder));
  const reportable = found.filter(isReportable);
  if (reportable.length === 0)
    throw new Error(
      `No model is trained on ${found.map(({ format }) => format).join(', ')} through a chat template; a report is for ${reportedFormats.join(', ')}.`,
    );
  const renderer = await rendererOf(flags, environment);
  const model = renderer && { renderer, facts: factsOf(renderer) };
  const reports: { readonly folder: string; readonly report: FaithfulnessReport }[] = [];
  for (const each of reportable) {
    const options = { format: each.format, ...(model && { model }), ...(maxTokens !== undefined && { maxTokens }) };
    const report = await reportOn(each, createReporter(options), settings);
    const file = join(each.folder, 'report.json');
    await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
    reports.push({ folder: each.folder, report });
    if (!flags.json) for (const line of reportLines(report, file, terminal)) terminal.line(line);
  }
  if (flags.json) terminal.line(JSON.stringify(reports));
};

const isReportable = (found: ExportFolder): found is Reportable => (reportedFormats as readonly string[]).includes(found.format);

const reportOn = async (
  found: Reportable,
  reporter: ReturnType<typeof createReporter>,
  { errors }: Settings,
): Promise<FaithfulnessReport> => {
  const progress = createProgress(errors, `rows of ${found.format}`);
  let done = 0;
  try {
    for await (const row of readRows(found)) {
      reporter.add(row);
      progress.update(++done, found.rows);
    }
  } finally {
    progress.end();
  }
  return reporter.report();
};
