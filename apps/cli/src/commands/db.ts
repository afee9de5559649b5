// `turnlog db …`: maintenance of the log's database.

import type { Command } from 'commander';

export const addDb = (program: Command): void => {
  const db = program.command('db').description('Maintain the database of the log');
  db.command('migrate')
    .description('Bring the schema up to date; safe to repeat, and when several do it at once')
    .action(async () => (await import('../actions/db.ts')).migrateDatabase());
  db.command('rebuild')
    .description('Rebuild every read model (lists, open work) from the log')
    .action(async () => (await import('../actions/db.ts')).rebuild());
  db.command('adopt')
    .description('After a restore into another cluster: make its events visible to readers of the whole log')
    .action(async () => (await import('../actions/db.ts')).adopt());
};
