/** Where jobs wait. Postgres needs nothing else to run; Redis (or Valkey) is for scale-out. */
export type QueueBackend = { readonly kind: 'postgres'; readonly url: string } | { readonly kind: 'redis'; readonly url: string };
