export * from './tcp-proxy.ts';
export * from './test-database.ts';
