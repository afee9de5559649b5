// What a route is: one declaration from which validation, the OpenAPI document, the reference page and the security
// tests are made. A route that is not in the list does not exist.

import type { OpenedFile } from '@turnlog/core';
import { z } from 'zod';
import type { ProblemCode } from './problem-details.ts';
import { type FieldError, RequestRefused, refuseFields } from './request-refused.ts';

/** A request as it came, before anything in it is believed. */
export interface Incoming {
  readonly requestId: string;
  readonly method: string;
  /** The path without its query. */
  readonly path: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  header(name: string): string | undefined;
}

export interface Checked<P, Q, B> extends Incoming {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

/** Where a live stream writes; `closed` aborts when the client or the server ends it. */
export interface Connection {
  /** Resolves when the text has left, or the connection has. */
  send(text: string): Promise<void>;
  /** Sends only if the client keeps up; what it misses here must not matter. */
  sendIfIdle(text: string): void;
  readonly closed: AbortSignal;
}

export type Answer =
  | { readonly status: number; readonly json?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly status: number; readonly text: string; readonly headers: Readonly<Record<string, string>> }
  | { readonly status: number; readonly file: OpenedFile; readonly headers: Readonly<Record<string, string>> }
  | { readonly status: 200; readonly stream: (connection: Connection) => Promise<void> };

export interface DocumentedAnswer {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Media types besides JSON, or instead of it where there is no schema. */
  readonly media?: readonly string[];
  readonly headers?: z.ZodObject;
}

interface Declaration {
  readonly method: 'get' | 'post' | 'delete';
  /** In Express's form: `/conversations/:id`. */
  readonly path: string;
  readonly group: 'Conversations' | 'Steering' | 'Reading' | 'Batches and exports' | 'Operations';
  readonly summary: string;
  readonly description?: string;
  /** `open` needs no token; the Host is checked all the same. */
  readonly access: 'token' | 'open';
  /** Where the body may be larger than others. */
  readonly maxBodyBytes?: number;
  readonly headers?: z.ZodObject;
  readonly answers: Readonly<Record<string, DocumentedAnswer>>;
  /** What can go wrong here besides what can on every route of its kind. */
  readonly problems?: readonly ProblemCode[];
}

export interface Route extends Declaration {
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType;
  perform(incoming: Incoming): Promise<Answer>;
}

interface Definition<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> extends Declaration {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  perform(checked: Checked<z.output<P>, z.output<Q>, z.output<B>>): Promise<Answer>;
}

export const noFields = z.strictObject({});
export const noBody = z.undefined();
/** Spread into a route that takes nothing. */
export const takesNothing = { params: noFields, query: noFields, body: noBody } as const;

export const hasBody = ({ body }: Pick<Route, 'body'>): boolean => body !== noBody;

export const defineRoute = <P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
  definition: Definition<P, Q, B>,
): Route => ({
  ...definition,
  perform: (incoming) => {
    const params = definition.params.safeParse(incoming.params);
    if (!params.success) throw new RequestRefused('not_found', `There is nothing at ${incoming.path}.`);
    const query = definition.query.safeParse(incoming.query);
    const body = definition.body.safeParse(incoming.body);
    if (!query.success || !body.success)
      return refuseFields([...fieldErrors(query.error, 'query'), ...fieldErrors(body.error, 'body')]);
    return definition.perform({ ...incoming, params: params.data, query: query.data, body: body.data });
  },
});

/** Each wrong field by its dotted path; what is wrong with the whole stands under the part's own name. */
const fieldErrors = (error: z.ZodError | undefined, part: string): readonly FieldError[] =>
  (error?.issues ?? []).flatMap((issue): readonly FieldError[] => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'There is no such field.' }));
    return [{ path: issue.path.join('.') || part, message: issue.message }];
  });
