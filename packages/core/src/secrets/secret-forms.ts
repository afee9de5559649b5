// The shapes in which a known secret turns up in text: as it is, escaped, URL-encoded, in hex, and inside any base64.

import { base64Of, hexOf, percentEncoded, utf8Of } from './encodings.ts';

/** Shorter values stand in ordinary text by chance; taking them out would take the text apart. */
export const shortestSecret = 6;

/** Every form of `secret` worth looking for, the longest first, so that no part of one stays behind. */
export const secretForms = (secret: string): readonly string[] => {
  const escaped = JSON.stringify(secret).slice(1, -1);
  const twiceEscaped = JSON.stringify(escaped).slice(1, -1);
  const encoded = percentEncoded(secret);
  const lowerEncoded = encoded.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  const formEncoded = encoded.replaceAll('%20', '+');
  const bytes = utf8Of(secret);
  const hex = hexOf(bytes);
  const forms = [
    secret,
    escaped,
    twiceEscaped,
    encoded,
    lowerEncoded,
    formEncoded,
    hex,
    hex.toUpperCase(),
    ...base64Forms(bytes),
  ];
  return [...new Set(forms)].filter((form) => form.length >= shortestSecret).sort((a, b) => b.length - a.length);
};

/**
 * What is left of a secret in the base64 of a longer text does not depend on that text, save for the characters at both
 * ends and for where it stands modulo 3: three forms find it wherever it is.
 */
const base64Forms = (bytes: readonly number[]): readonly string[] => {
  const forms = [0, 1, 2].map((offset) => {
    const encoded = base64Of([...Array<number>(offset).fill(0), ...bytes]);
    return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
  });
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
};
