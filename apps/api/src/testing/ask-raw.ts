import { request } from 'node:http';

interface Raw {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** A request that no browser and no fetch would send: any Host, a GET with a body. */
export const askRaw = (url: string, { method, path, headers = {}, body }: Raw): Promise<RawReply> =>
  new Promise((resolve, reject) => {
    const isCounted = body !== undefined && headers['transfer-encoding'] === undefined;
    const sent = request(url + path, {
      method,
      headers: { ...headers, ...(isCounted && { 'content-length': String(Buffer.byteLength(body)) }) },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() }),
      );
    });
    sent.end(body);
  });
