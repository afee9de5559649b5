// Loaded before a process under test: on SIGUSR2 it collects its garbage and says so. What is left then is what it keeps; how
// much garbage the engine of the language has not collected yet says nothing of a leak.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc');
process.on('SIGUSR2', () => {
  collect();
  collect();
  process.stderr.write('garbage collected\n');
});
