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
