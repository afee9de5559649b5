// Reading what a server sent, whose types nobody guarantees.

export type WireRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is WireRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Gives the value as a record; anything else becomes an empty one. */
export function asRecord(value: unknown): WireRecord {
  return isRecord(value) ? value : {};
}

/** Gives the value if it is text, else "". */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
