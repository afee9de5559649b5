import { defineConfig } from 'drizzle-kit';

// Only `generate` is used: migrations are committed SQL and applied by `src/migrate.ts`.
export default defineConfig({ dialect: 'postgresql', schema: './src/schema.ts', out: './drizzle' });
