import { defineConfig } from 'vitest/config';

// The tier is the suffix: pure tests, then real Postgres and Redis, then whole processes.
const tier = (name: string, include: string, exclude: string[], timeout: number, globalSetup: string[]) => ({
  extends: true as const,
  test: {
    name,
    include: [include],
    exclude: ['**/node_modules/**', '**/dist/**', ...exclude],
    testTimeout: timeout,
    hookTimeout: timeout,
    globalSetup,
  },
});

const servers = ['./tests/setup/global-setup.ts'];

export default defineConfig({
  // Tests read the sources of every package, never a stale build.
  resolve: { conditions: ['turnlog-source'] },
  ssr: { resolve: { conditions: ['turnlog-source'] } },
  test: {
    // What a person's shell holds must not change a result, nor a test call a real model with their key.
    env: { OPENAI_API_KEY: '', OPENAI_BASE_URL: '', OPENAI_MODEL: '', HF_TOKEN: '', DATABASE_URL: '', REDIS_URL: '' },
    projects: [
      tier('unit', '**/*.test.ts', ['**/*.int.test.ts', '**/*.e2e.test.ts'], 20_000, []),
      tier('int', '**/*.int.test.ts', [], 60_000, servers),
      tier('e2e', '**/*.e2e.test.ts', [], 180_000, servers),
    ],
  },
});
