// `npm test`: prepares the checkout (end-to-end tests start the built command), runs every test, says loudly what was
// skipped and why, and ends with the one plain line that CI reads.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeVersionFault } from './node-version.mjs';
import { PrepareError, prepare, root } from './prepare.mjs';
import { closingLine, readReport, skippedList } from './test-report.mjs';

const versionFault = nodeVersionFault(process.version);
if (versionFault !== undefined) {
  process.stderr.write(`${versionFault}\n`);
  process.exit(1);
}
try {
  await prepare();
} catch (error) {
  if (!(error instanceof PrepareError)) throw error;
  process.stderr.write(`${error.message}\n`);
  console.log(closingLine({ passed: 0, failed: 1, skipped: [] }));
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'turnlog-test-report-'));
const reportFile = join(folder, 'report.json');
const reasons = new Set();
try {
  const code = await runVitest(process.argv.slice(2));
  const report = readReport(reportFile, root, code);
  for (const line of skippedList(report, [...reasons])) console.log(line);
  console.log(closingLine(report));
  process.exitCode = code;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function runVitest(args) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const color = process.stdout.isTTY && process.env.NO_COLOR === undefined ? { FORCE_COLOR: '1' } : {};
  const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...args], {
    cwd: root,
    stdio: ['inherit', 'pipe', 'pipe'],
    env: { ...process.env, ...color },
  });
  echo(child.stdout, process.stdout);
  echo(child.stderr, process.stderr);
  // Ctrl-C reaches vitest by itself; this process stays to tell the result.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** Passes output on as it comes, and keeps the lines in which tests say why they were skipped. */
function echo(from, to) {
  let rest = '';
  from.on('data', (chunk) => {
    to.write(chunk);
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const reason = /SKIPPED: (.*)/.exec(line)?.[1];
      if (reason !== undefined) reasons.add(reason.trim());
    }
  });
}
