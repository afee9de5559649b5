// What an error says, whatever its shape: `{error: {…}}`, `{error: "…"}`, flat (vLLM), `{detail}` (FastAPI), an array (Gemini), text.

import { asRecord, asText, isRecord, type WireRecord } from './wire-value.ts';

export interface ErrorBody {
  readonly message: string;
  /** `code` and `type` as they were sent: vLLM's code is the number 400. */
  readonly codes: readonly unknown[];
  /** A status the error names itself; errors inside a stream have no other. */
  readonly status?: number;
  /** The message, and what a gateway quotes from behind it. */
  readonly text: string;
  /** What the model wrote, where that is what was wrong (Groq). */
  readonly failedGeneration?: string;
}

export function parseErrorBody(body: string): ErrorBody {
  try {
    return readErrorBody(JSON.parse(body));
  } catch {
    return { message: body, codes: [], text: body };
  }
}

export function readErrorBody(body: unknown): ErrorBody {
  const outer = Array.isArray(body) ? body[0] : body;
  const error = asRecord(outer).error ?? outer;
  if (!isRecord(error)) return { message: plain(error), codes: [], text: plain(error) };
  const message = plain(error.message ?? error.detail ?? error);
  const status = [error.status, error.status_code, error.code].map(asStatus).find((value) => value !== undefined);
  return {
    message,
    codes: [error.code, error.type, error.status],
    ...(status !== undefined && { status }),
    text: `${message} ${quoted(error)}`,
    ...(asText(error.failed_generation) !== '' && { failedGeneration: asText(error.failed_generation) }),
  };
}

/** OpenRouter puts the provider's own words into `metadata.raw`. */
function quoted(error: WireRecord): string {
  const { raw } = asRecord(error.metadata);
  return raw === undefined ? '' : plain(raw);
}

function plain(value: unknown): string {
  return asText(value) || (value === undefined || value === null ? '' : JSON.stringify(value));
}

function asStatus(value: unknown): number | undefined {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status < 600 ? status : undefined;
}
