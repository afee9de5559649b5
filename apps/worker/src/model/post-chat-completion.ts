// Sends one request through the `openai` client. The bytes are those of the log and the headers those of the endpoint: nothing
// the client would add by itself goes out.

import OpenAI from 'openai';
import type { Fetch } from './http-fetch.ts';
import type { ModelEndpoint } from './model-endpoint.ts';
import type { ModelProblem } from './model-failure.ts';

export interface Post {
  readonly endpoint: ModelEndpoint;
  readonly url: URL;
  readonly body: string;
  readonly signal: AbortSignal;
  readonly fetch: Fetch;
}

// Far more than any message of an error, far less than hurts.
const longestErrorBody = 64 * 1024;
// The longest a timer takes: the attempt's own deadlines decide, not the client's.
const never = 2 ** 31 - 1;

export async function postChatCompletion({ endpoint, url, body, signal, fetch }: Post): Promise<Response | ModelProblem> {
  let refused: ModelProblem | undefined;
  const send: Fetch = async (input, init) => {
    // The client adds headers of its environment variables (another server's) and facts about its platform.
    const response = await fetch(input, { ...init, headers: headersOf(endpoint) });
    if (response.ok) return response;
    // The client keeps only `error` of an error body; vLLM and FastAPI put their words elsewhere.
    refused = { type: 'response', status: response.status, headers: response.headers, body: await readText(response) };
    return new Response(null, { status: response.status, headers: response.headers });
  };
  try {
    const client = createClient(send);
    // A string under a content type of its own is sent as it is; an object would be written anew.
    return await client
      .post(url.href, { body, headers: { 'Content-Type': 'application/json' }, signal, stream: true })
      .asResponse();
  } catch (error) {
    return refused ?? { type: 'network', error };
  }
}

function createClient(fetch: Fetch): OpenAI {
  return new OpenAI({
    // The request names its URL and its headers; given here, neither is looked for in the environment.
    baseURL: 'http://unused.invalid',
    apiKey: 'unused',
    fetch,
    // The engine owns retries: every try is an attempt in the log.
    maxRetries: 0,
    timeout: never,
    logLevel: 'off',
  });
}

/** The operator's headers win over the key: some gateways take another scheme. */
function headersOf({ apiKey, headers }: ModelEndpoint): Headers {
  return new Headers({
    accept: 'text/event-stream, application/json',
    'user-agent': 'turnlog',
    ...(apiKey && { authorization: `Bearer ${apiKey}` }),
    ...Object.fromEntries(new Headers(headers)),
    'content-type': 'application/json',
  });
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes, { stream: true });
      if (text.length > longestErrorBody) break;
    }
  } catch {
    // The status says enough; what had arrived of the text stays.
  }
  return text;
}
