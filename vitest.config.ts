import { defineConfig } from 'vitest/config';

// The tier is the suffix: pure tests, then real Postgres and Redis, then whole processes.
const tier = (name: string, include: string, exclude: string[], timeout: number) => ({
  extends: true as const,
  test: {
    name,
    include: [include],
    exclude: ['**/node_modules/**', '**/dist/**', ...exclude],
    testTimeout: timeout,
    hookTimeout: timeout,
  },
});

export default defineConfig({
  // Tests read the sources of every package, never a stale build.
  resolve: { conditions: ['turnlog-source'] },
  ssr: { resolve: { conditions: ['turnlog-source'] } },
  test: {
    projects: [
      tier('unit', '**/*.test.ts', ['**/*.int.test.ts', '**/*.e2e.test.ts'], 20_000),
      tier('int', '**/*.int.test.ts', [], 60_000),
      tier('e2e', '**/*.e2e.test.ts', [], 180_000),
    ],
  },
});
