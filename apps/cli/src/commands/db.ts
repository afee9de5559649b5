// `turnlog db …`: maintenance of the log's database.

import { fold, openWork, summarize } from '@turnlog/core';
import { adopt as adoptLog, openPool, rebuildReadModels } from '@turnlog/db';
import { prepareQueue } from '@turnlog/queue';
import type { Command } from 'commander';
import { openDatabase } from '../compose/open-database.ts';
import { readSettings } from '../compose/read-settings.ts';

export const addDb = (program: Command): void => {
  const db = program.command('db').description('Maintain the database of the log');
  db.command('migrate')
    .description('Bring the schema up to date; safe to repeat, and when several do it at once')
    .action(migrateDatabase);
  db.command('rebuild').description('Rebuild every read model (lists, open work) from the log').action(rebuild);
  db.command('adopt')
    .description('After a restore into another cluster: make its events visible to readers of the whole log')
    .action(adopt);
};

const migrateDatabase = async (): Promise<void> => {
  const settings = readSettings({});
  const opened = await openDatabase({ ...settings, ...settings.environment });
  try {
    if (settings.environment.redisUrl === undefined) await prepareQueue({ kind: 'postgres', url: opened.url });
    settings.say('The schema is up to date.');
  } finally {
    await opened.close();
  }
};

const rebuild = async (): Promise<void> => {
  const settings = readSettings({});
  const opened = await openDatabase({ ...settings, ...settings.environment });
  try {
    const pool = openPool({ url: opened.url, purpose: 'rebuild', max: 1 });
    const conversations = await rebuildReadModels(pool, (_, events) => {
      const state = fold(events);
      return { summary: summarize(state), work: openWork(state) };
    }).finally(() => pool.end());
    settings.say(`Rebuilt ${conversations} conversation${conversations === 1 ? '' : 's'} from the log.`);
  } finally {
    await opened.close();
  }
};

const adopt = async (): Promise<void> => {
  const settings = readSettings({});
  const opened = await openDatabase({ ...settings, ...settings.environment, isAdopting: true });
  try {
    const events = await adoptLog(opened.url);
    settings.say(events === 0 ? 'Nothing to adopt: every event is visible.' : `Adopted ${events} events.`);
  } finally {
    await opened.close();
  }
};
