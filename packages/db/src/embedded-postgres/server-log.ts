// The server's log is one file of at most MAX_BYTES (plus what a minute adds) and one older file. The server appends through
// a descriptor it inherited, so the file is emptied in place; a rename would leave the server writing to the old one.

import { copyFile, open, readFile, stat, truncate } from 'node:fs/promises';

const MAX_BYTES = 4 * 1024 * 1024;
const CHECK_EVERY_MS = 60_000;
const TAIL_LINES = 15;

export async function trimServerLog(file: string): Promise<void> {
  const size = await logSize(file);
  if (size <= MAX_BYTES) return;
  await copyFile(file, `${file}.1`);
  await truncate(file);
}

/** Trims while the server runs. Returns the function that ends it. */
export function keepServerLogTrimmed(file: string): () => void {
  const timer = setInterval(() => void trimServerLog(file).catch(() => undefined), CHECK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

export async function logSize(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

/** What was written since the file had `from` bytes. */
export async function readServerLog(file: string, from: number): Promise<string> {
  const content = await readFile(file).catch(() => Buffer.alloc(0));
  return content.subarray(from > content.length ? 0 : from).toString('utf8');
}

export function lastLines(text: string): string {
  return text.trim().split('\n').slice(-TAIL_LINES).join('\n');
}

/** Append mode is what makes emptying in place safe. */
export async function openServerLog(file: string) {
  return open(file, 'a', 0o600);
}
