// A database of its own with a store on it, for one test file.

import { createDatabase, type Database, type DatabaseOptions } from '../create-database.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

export interface TestStore extends Database {
  readonly url: string;
  dispose(): Promise<void>;
}

export const openTestStore = async (options: DatabaseOptions = {}): Promise<TestStore> => {
  const database: TestDatabase = await createTestDatabase();
  const opened = createDatabase(database.url, options);
  return {
    ...opened,
    url: database.url,
    dispose: async () => {
      await opened.close();
      await database.drop();
    },
  };
};
