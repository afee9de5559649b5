// What a test run came to, from vitest's JSON report.

import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/**
 * Reads the report. A run that failed counts at least one failure, also where no test did: a file that cannot be loaded,
 * an unhandled error, a runner that died.
 * @returns {{passed: number, failed: number, skipped: {file: string, name: string}[]}}
 */
export function readReport(file, root, exitCode) {
  const results = parse(file)?.testResults ?? [];
  const tests = results.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ status, fullName }) => ({ file: relative(root, name), name: fullName, status })),
  );
  const count = (status) => tests.filter((test) => test.status === status).length;
  const unloaded = results.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0).length;
  const failed = count('failed') + unloaded;
  return {
    passed: count('passed'),
    failed: exitCode === 0 ? failed : Math.max(failed, 1),
    skipped: tests.filter(({ status }) => status !== 'passed' && status !== 'failed'),
  };
}

/** The lines that name what did not run, by file, with the reasons that tests and setup gave. */
export function skippedList({ skipped }, reasons) {
  if (skipped.length === 0 && reasons.length === 0) return [];
  const byFile = new Map();
  for (const { file, name } of skipped) byFile.set(file, [...(byFile.get(file) ?? []), name]);
  return [
    `=== SKIPPED: ${skipped.length} tests did not run ===`,
    ...(reasons.length > 0 ? ['Why:', ...reasons.map((reason) => `  ${reason}`)] : ['Why: nothing gave a reason']),
    ...[...byFile].flatMap(([file, names]) => [
      `${file} (${names.length})`,
      ...names.slice(0, 10).map((name) => `  ${name}`),
      ...more(names),
    ]),
    '',
  ];
}

export const closingLine = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped.length} skipped`;

const more = (names) => (names.length > 10 ? [`  and ${names.length - 10} more`] : []);

function parse(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
