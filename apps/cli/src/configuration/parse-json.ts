// JSON with the place of its first fault. The engine's own message may quote the text around it, which may be a secret.

export type ParsedJson = { readonly value: unknown } | { readonly fault: string };

export function parseJson(text: string): ParsedJson {
  const content = text.replace(/^\uFEFF/, '');
  try {
    return { value: JSON.parse(content) };
  } catch {
    const before = content.slice(0, firstFault(content)).split('\n');
    return { fault: `it is not valid JSON at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}` };
  }
}

/** The length of the longest beginning that could still be completed. */
function firstFault(text: string): number {
  let good = 0;
  let bad = text.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (canBeCompleted(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function canBeCompleted(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return true;
  } catch (error) {
    const message = (error as Error).message;
    if (message.includes('end of JSON input') || message.includes('Unterminated')) return true;
    const position = /at position (\d+)/.exec(message)?.[1];
    return position !== undefined && Number(position) >= beginning.length;
  }
}
