// One text for all texts of the same JSON value: keys sorted, no spaces. Two calls are the same call if this is the same.

/** Of a parsed JSON value. A list keeps its order. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, nested: unknown) =>
    typeof nested === 'object' && nested !== null && !Array.isArray(nested)
      ? Object.fromEntries(Object.entries(nested).sort(([a], [b]) => (a < b ? -1 : 1)))
      : nested,
  );
