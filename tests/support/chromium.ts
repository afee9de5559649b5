// The browser of the tests that browse: Debian's, or the one that TURNLOG_TEST_CHROMIUM names.

import { existsSync } from 'node:fs';

/** Undefined, and said loudly, where there is none. */
export const findChromium = (): string | undefined => {
  const path = process.env.TURNLOG_TEST_CHROMIUM ?? '/usr/bin/chromium';
  if (existsSync(path)) return path;
  console.warn(`SKIPPED: the tests with a browser; ${path} is not there. TURNLOG_TEST_CHROMIUM names it.`);
  return undefined;
};

/** What @playwright/mcp takes to browse with it, without a window and without a profile. */
export const browserArguments = (chromium: string): readonly string[] => [
  '--headless',
  '--isolated',
  '--no-sandbox',
  '--executable-path',
  chromium,
];
