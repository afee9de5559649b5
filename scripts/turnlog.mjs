// Every npm command of Turnlog starts here: checks Node, prepares the checkout, then becomes the `turnlog` command itself,
// in the same process, so that Ctrl-C and kill reach it directly.

import module from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { nodeVersionFault } from './node-version.mjs';
import { PrepareError, prepare, root } from './prepare.mjs';
import { swallowedFlagsHint } from './swallowed-flags.mjs';

const [command, ...words] = process.argv.slice(2);

const stop = (message, code) => {
  process.stderr.write(`${message}\n`);
  process.exit(code);
};

const versionFault = nodeVersionFault(process.version);
if (versionFault !== undefined) stop(versionFault, 1);
const hint = swallowedFlagsHint({ command, words, env: process.env, root });
if (hint !== undefined) stop(hint, 2);

try {
  await prepare();
} catch (error) {
  if (error instanceof PrepareError) stop(error.message, 1);
  throw error;
}

module.enableCompileCache?.();
const main = join(root, 'apps', 'cli', 'dist', 'main.js');
process.argv = [process.execPath, main, ...process.argv.slice(2)];
await import(pathToFileURL(main).href);
