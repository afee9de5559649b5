export { adopt, needsAdoption } from './adopt.ts';
export { createDatabase, type Database, type DatabaseOptions } from './create-database.ts';
export { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres/embedded-postgres.ts';
export { PostgresStartError } from './embedded-postgres/postgres-start-error.ts';
export { type EncodedAppend, encodeAppend } from './encode-append.ts';
export { type MigrateOptions, migrate } from './migrate.ts';
export { openPool, type PoolOptions } from './open-pool.ts';
export { createPostgresEventStore, type PostgresEventStore } from './postgres-event-store.ts';
export { type ReadModels, type Rebuild, rebuildReadModels } from './rebuild.ts';
