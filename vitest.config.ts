import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

interface Tier {
  readonly name: string;
  readonly include: string;
  readonly exclude?: string[];
  readonly timeout: number;
  readonly globalSetup?: string[];
  readonly order: number;
  readonly maxWorkers: number;
}

// The tier is the suffix: pure tests, then real Postgres and Redis, then whole processes. One tier after the other.
const tier = ({ name, include, exclude = [], timeout, globalSetup = [], order, maxWorkers }: Tier) => ({
  extends: true as const,
  test: {
    name,
    sequence: { groupOrder: order },
    maxWorkers,
    include: [include],
    exclude: ['**/node_modules/**', '**/dist/**', ...exclude],
    testTimeout: timeout,
    hookTimeout: timeout,
    globalSetup,
  },
});

const servers = ['./tests/setup/global-setup.ts'];
const notUnit = ['**/*.int.test.ts', '**/*.e2e.test.ts'];
const cores = Math.min(availableParallelism(), 8);

export default defineConfig({
  // Tests read the sources of every package, never a stale build.
  resolve: { conditions: ['turnlog-source'] },
  ssr: { resolve: { conditions: ['turnlog-source'] } },
  test: {
    // What a person's shell holds must not change a result, nor a test call a real model with their key.
    env: { OPENAI_API_KEY: '', OPENAI_BASE_URL: '', OPENAI_MODEL: '', HF_TOKEN: '', DATABASE_URL: '', REDIS_URL: '' },
    projects: [
      tier({ name: 'unit', include: '**/*.test.ts', exclude: notUnit, timeout: 20_000, order: 0, maxWorkers: cores }),
      tier({ name: 'int', include: '**/*.int.test.ts', timeout: 60_000, globalSetup: servers, order: 1, maxWorkers: cores }),
      // Whole processes mostly wait (for leases to end, for servers to start): one more than there are cores.
      tier({ name: 'e2e', include: '**/*.e2e.test.ts', timeout: 180_000, globalSetup: servers, order: 2, maxWorkers: cores + 1 }),
    ],
  },
});
