import { appendFileSync, closeSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { trimServerLog } from './server-log.ts';
import { createSandbox } from './testing/sandbox.ts';

const sandbox = createSandbox();
afterEach(() => sandbox.close());

it('keeps one older file and empties the log in place, so that a server which has it open writes on at its start', async () => {
  const log = join(sandbox.folder(), 'postgres.log');
  writeFileSync(log, '');
  const server = openSync(log, 'a');
  writeSync(server, Buffer.alloc(5 * 1024 * 1024, 'x'));
  await trimServerLog(log);
  writeSync(server, 'after\n');
  closeSync(server);
  expect(readFileSync(log, 'utf8')).toBe('after\n');
  expect(statSync(`${log}.1`).size).toBe(5 * 1024 * 1024);
  appendFileSync(log, 'short\n');
  await trimServerLog(log);
  expect(readFileSync(log, 'utf8')).toBe('after\nshort\n');
});
