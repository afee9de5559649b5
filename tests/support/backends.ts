// The two queue backends. Redis is skipped, loudly, where none can be had.

export interface Backend {
  readonly name: 'Postgres' | 'Redis';
  /** What a process needs in its environment to use it. */
  readonly env: () => Readonly<Record<string, string>>;
}

export const backends = (): readonly Backend[] => {
  const redis = process.env.TURNLOG_TEST_REDIS_URL;
  if (redis === undefined) console.warn('SKIPPED: the tests on the Redis backend; no Redis could be had.');
  return [
    { name: 'Postgres', env: () => ({}) },
    ...(redis === undefined ? [] : [{ name: 'Redis' as const, env: () => ({ REDIS_URL: redis }) }]),
  ];
};

/** The environment with a database of Redis of its own (1 to 15; 0 is everybody's), for what a test flushes. */
export const withOwnRedis = (env: Readonly<Record<string, string>>, number: number): Readonly<Record<string, string>> => {
  if (env.REDIS_URL === undefined) return env;
  const url = new URL(env.REDIS_URL);
  url.pathname = `/${number}`;
  return { ...env, REDIS_URL: url.href };
};
