// A page whose only state is a number in its memory: who reads 6 after 5 has the browser in which 5 was counted.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const page = '<!doctype html><title>Counting</title><script>window.counted = 0</script><p>Counts.';

export const startCountingPage = async () => {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(page));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

/** What a browser is asked to evaluate: counts, and says how far. `ms` makes it last. */
export const countOnPage = (ms = 0) =>
  `async () => { await new Promise((resolve) => setTimeout(resolve, ${ms})); window.counted += 1; return 'counted ' + window.counted; }`;

/** How far it had counted, as the result says; NaN on a page that is not ours. */
export const countedIn = (text: string): number | undefined => {
  const found = /counted (\d+|NaN)/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
};
