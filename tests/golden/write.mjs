// node tests/golden/write.mjs v2   leaves the logs of this engine as a new version
// node tests/golden/write.mjs      writes the views of all versions again, after a projection has learned to show more

import { createViteServer } from 'vitest/node';

const vite = await createViteServer({ configFile: 'vitest.config.ts', server: { middlewareMode: true }, logLevel: 'error' });
try {
  const { writeGoldenLogs } = await vite.ssrLoadModule('/tests/golden/golden-logs.ts');
  await writeGoldenLogs(process.argv[2]);
} finally {
  await vite.close();
}
