// Arithmetic on ISO times. The one place in core that may name Date: it never asks what time it is.

export const addMs = (iso: string, ms: number): string => new Date(Date.parse(iso) + ms).toISOString();

export const elapsedMs = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from));

/** Time never runs backwards in a conversation, whatever the writers' clocks say. */
export const laterOf = (a: string, b: string): string => (a > b ? a : b);
