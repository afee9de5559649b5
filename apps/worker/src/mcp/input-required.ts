// The questions with which a server ends a call, and the answers with which the call is sent again. Of the 2026 era they are a
// result; of the era before, an error that names pages to open.

import type { Elicited, Question } from '@turnlog/core';
import { z } from 'zod';
import type { RequiredInput, ToolOutcome } from '../ports/tool-host.ts';
import { errorResult } from './tool-result.ts';

const formSchema = z.looseObject({
  mode: z.literal('form').optional(),
  message: z.string(),
  requestedSchema: z.record(z.string(), z.unknown()),
});
const pageSchema = z.looseObject({
  mode: z.literal('url'),
  message: z.string(),
  url: z.url({ protocol: /^https?$/ }),
});
const elicitationSchema = z.union([pageSchema, formSchema]);

/** Undefined where it is none that a person can be shown: a page must be one of the web. */
export function questionOf(params: unknown): Question | undefined {
  const { data } = elicitationSchema.safeParse(params);
  if (data === undefined) return undefined;
  const { message } = data;
  return 'url' in data && data.mode === 'url' ? { message, url: data.url as string } : { message, ...formOf(data) };
}

const formOf = ({ requestedSchema }: { readonly [key: string]: unknown }) => ({
  requestedSchema: requestedSchema as Record<string, unknown>,
});

const requestSchema = z.looseObject({ method: z.string(), params: z.unknown() });

/** Of the 2026 era. What is asked of anybody but the user was never offered to the server. */
export function inputRequired(inputRequests: Readonly<Record<string, unknown>>, requestState: string | undefined): ToolOutcome {
  const requests = [];
  for (const [key, raw] of Object.entries(inputRequests)) {
    const { method, params } = requestSchema.safeParse(raw).data ?? { method: 'something' };
    const question = method === 'elicitation/create' ? questionOf(params) : undefined;
    if (question === undefined)
      return { type: 'returned', result: errorResult(`The server asked for ${method} in a way that is not supported here.`) };
    requests.push({ key, ...question });
  }
  return { type: 'input_required', requests, ...(requestState !== undefined && { requestState }) };
}

const pagesSchema = z.looseObject({ elicitations: z.array(pageSchema.extend({ elicitationId: z.string() })).min(1) });

/** Of the 2025 era: the data of the error that says that pages must be opened first. */
export function pagesRequired(data: unknown): ToolOutcome | undefined {
  const pages = pagesSchema.safeParse(data).data?.elicitations;
  return (
    pages && { type: 'input_required', requests: pages.map(({ elicitationId: key, message, url }) => ({ key, message, url })) }
  );
}

/** In the 2025 era the server knows by itself that the page was opened. */
export const isRefused = ({ responses }: RequiredInput): boolean =>
  Object.values<Elicited>(responses).some(({ action }) => action !== 'accept');

export const pageRefused: ToolOutcome = {
  type: 'returned',
  result: errorResult('The user did not open the page that the server asked for; the call was not made again.'),
};

/** What the call is sent again with. */
export const inputParams = ({ requestState, responses }: RequiredInput) => ({
  ...(Object.keys(responses).length > 0 && { inputResponses: responses }),
  ...(requestState !== undefined && { requestState }),
});
