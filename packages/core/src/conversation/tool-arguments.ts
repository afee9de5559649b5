// From the text a model wrote to the arguments a tool gets. The raw text stays in the log.

export type ParsedArguments =
  | { readonly ok: true; readonly value: Record<string, unknown> }
  | { readonly ok: false; readonly message: string };

/** Empty text is no arguments; text that was encoded twice is decoded twice; all else must be a JSON object. */
export const parseArguments = (raw: string): ParsedArguments => {
  if (raw.trim() === '') return { ok: true, value: {} };
  try {
    const once: unknown = JSON.parse(raw);
    const value: unknown = typeof once === 'string' ? JSON.parse(once === '' ? '{}' : once) : once;
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { ok: true, value: value as Record<string, unknown> };
    if (value === null) return { ok: true, value: {} };
    return {
      ok: false,
      message: `The arguments must be a JSON object, not ${Array.isArray(value) ? 'an array' : typeof value}.`,
    };
  } catch (error) {
    return { ok: false, message: `The arguments are not valid JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
};
