// COPY … TO STDOUT, its bytes counted and thrown away. `pg` knows the messages of the protocol but has no call for it: this is a
// query of its own shape.

import type { Client, Connection, Submittable } from 'pg';

/** Resolves to the number of bytes. */
export const copyOut = (client: Client, text: string): Promise<number> =>
  new Promise((resolve, reject) => {
    let bytes = 0;
    const copy = {
      submit: (connection: Connection) => connection.query(text),
      handleCopyData: ({ chunk }: { readonly chunk: Buffer }) => {
        bytes += chunk.length;
      },
      handleCommandComplete: () => undefined,
      handleReadyForQuery: () => resolve(bytes),
      handleError: reject,
    };
    client.query(copy as Submittable);
  });
