// `turnlog db …`: maintenance of the log's database.

import { fold, openWork, summarize } from '@turnlog/core';
import { adopt as adoptLog, openPool, rebuildReadModels } from '@turnlog/db';
import { prepareQueue } from '@turnlog/queue';
import { openDatabase } from '../compose/open-database.ts';
import { readSettings } from '../compose/read-settings.ts';

export const migrateDatabase = async (): Promise<void> => {
  const settings = readSettings({});
  const opened = await openDatabase({ ...settings, ...settings.environment });
  try {
    if (settings.environment.redisUrl === undefined) await prepareQueue({ kind: 'postgres', url: opened.url });
    settings.say('The schema is up to date.');
  } finally {
    await opened.close();
  }
};

export const rebuild = async (): Promise<void> => {
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

export const adopt = async (): Promise<void> => {
  const settings = readSettings({});
  const opened = await openDatabase({ ...settings, ...settings.environment, isAdopting: true });
  try {
    const events = await adoptLog(opened.url);
    settings.say(events === 0 ? 'Nothing to adopt: every event is visible.' : `Adopted ${events} events.`);
  } finally {
    await opened.close();
  }
};
