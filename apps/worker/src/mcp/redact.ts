// Takes secrets out of text that will be stored.

// Shorter values ("1", "true") are everywhere in ordinary text and give nothing away.
const shortestSecret = 6;

export function redact(text: string, secrets: readonly string[]): string {
  const longestFirst = secrets.filter((secret) => secret.length >= shortestSecret).sort((a, b) => b.length - a.length);
  return longestFirst.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text);
}
