// Where any of many texts stands in a long one, in one pass: looking for each apart costs a tenth of a second for a megabyte (a
// screenshot, say) and thirty secrets, this costs milliseconds.

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Three characters tell nearly always that none of the texts begins here. */
const prefixLength = 3;
const slots = 1 << 16;
const slotOf = (a: number, b: number, c: number): number => (a * 961 + b * 31 + c) & (slots - 1);

/** For texts of at least three characters. Spans that touch the same characters are one, so that no part of any text is outside. */
export const createTextFinder = (texts: readonly string[]): ((text: string) => readonly Span[]) => {
  const mayBegin = new Uint8Array(slots);
  const byPrefix = new Map<string, readonly string[]>();
  // The longest first: it is the one that counts where several begin at one place.
  for (const text of [...texts].sort((a, b) => b.length - a.length)) {
    mayBegin[slotOf(text.charCodeAt(0), text.charCodeAt(1), text.charCodeAt(2))] = 1;
    const prefix = text.slice(0, prefixLength);
    byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), text]);
  }
  const beginningAt = (text: string, at: number): string | undefined =>
    byPrefix.get(text.slice(at, at + prefixLength))?.find((known) => text.startsWith(known, at));

  return (text) => {
    const spans: Span[] = [];
    let a = text.charCodeAt(0);
    let b = text.charCodeAt(1);
    for (let at = 0; at + prefixLength <= text.length; at++) {
      const c = text.charCodeAt(at + 2);
      const found = mayBegin[slotOf(a, b, c)] === 1 ? beginningAt(text, at) : undefined;
      if (found !== undefined) addTo(spans, { start: at, end: at + found.length });
      a = b;
      b = c;
    }
    return spans;
  };
};

const addTo = (spans: Span[], span: Span): void => {
  const last = spans.at(-1);
  if (last === undefined || span.start >= last.end) spans.push(span);
  else if (span.end > last.end) spans[spans.length - 1] = { start: last.start, end: span.end };
};
