import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { closingLine, readReport, skippedList } from './test-report.mjs';

const folder = mkdtempSync(join(tmpdir(), 'turnlog-report-'));
afterAll(() => rmSync(folder, { recursive: true }));
const reportOf = (testResults: unknown, exitCode: number) => {
  const file = join(folder, 'report.json');
  writeFileSync(file, JSON.stringify({ testResults }));
  return readReport(file, '/repo', exitCode);
};
const test = (status: string, fullName = status) => ({ status, fullName });

describe('the closing line', () => {
  it('counts what passed, failed and was skipped', () => {
    const report = reportOf(
      [
        { name: '/repo/a.test.ts', status: 'passed', assertionResults: [test('passed'), test('passed'), test('skipped')] },
        { name: '/repo/b.test.ts', status: 'failed', assertionResults: [test('failed'), test('pending'), test('todo')] },
      ],
      1,
    );

    expect(closingLine(report)).toBe('2 passed, 1 failed, 3 skipped');
  });

  it('counts a file that cannot be loaded as a failure', () => {
    expect(closingLine(reportOf([{ name: '/repo/a', status: 'failed', assertionResults: [] }], 1))).toBe(
      '0 passed, 1 failed, 0 skipped',
    );
  });

  it('counts a failed run as a failure where no test failed', () => {
    const results = [{ name: '/repo/a', status: 'passed', assertionResults: [test('passed')] }];

    expect(closingLine(reportOf(results, 1))).toBe('1 passed, 1 failed, 0 skipped');
  });

  it('counts a run without a report as a failure', () => {
    expect(closingLine(readReport(join(folder, 'none.json'), '/repo', 1))).toBe('0 passed, 1 failed, 0 skipped');
  });
});

describe('the list of what was skipped', () => {
  it('is empty where everything ran', () => {
    expect(skippedList({ skipped: [] }, [])).toEqual([]);
  });

  it('names the reasons and the tests by file', () => {
    const report = reportOf([{ name: '/repo/a.test.ts', status: 'passed', assertionResults: [test('skipped', 'is fast')] }], 0);

    expect(skippedList(report, ['no Redis']).slice(0, -1)).toEqual([
      '=== SKIPPED: 1 tests did not run ===',
      'Why:',
      '  no Redis',
      'a.test.ts (1)',
      '  is fast',
    ]);
  });
});
