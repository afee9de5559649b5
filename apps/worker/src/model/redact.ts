// Takes secrets out of text before it enters the log. Servers echo keys, and errors quote URLs and headers.

import { hidden as mark, secretForms, shortestSecret } from '@turnlog/core';
import type { ModelEndpoint } from './model-endpoint.ts';

// Shorter words of a header are no credentials ("Bearer", "true").
const shortestHeaderSecret = 8;

type Credentials = Pick<ModelEndpoint, 'baseUrl' | 'apiKey' | 'headers'>;

/**
 * Gives a function that removes the endpoint's credentials, whatever else is known to be secret (a gateway may quote what
 * a tool was given), and whatever looks like a credential.
 */
export function createRedactor(endpoint: Credentials, otherSecrets: readonly string[] = []): (text: string) => string {
  const own = secretsOf(endpoint);
  const encoded = [...own, ...otherSecrets].filter(({ length }) => length >= shortestSecret).flatMap(secretForms);
  const secrets = [...new Set([...own, ...encoded])].sort((a, b) => b.length - a.length);
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, mark), redactUrls(text)).replace(credential, shorten);
}

// A bearer or basic token, and an OpenAI key even where the server has masked its middle.
const credential = /\b(Bearer|Basic)\s+[^\s"',;]+|\bsk-[\w*-]{6,}/gi;
const shorten = (_match: string, scheme?: string): string => (scheme === undefined ? mark : `${scheme} ${mark}`);

function secretsOf({ baseUrl, apiKey, headers }: Credentials): string[] {
  const fromHeaders = Object.values(headers ?? {})
    .flatMap((value) => [value, ...value.split(/\s+/)])
    .filter((value) => value.length >= shortestHeaderSecret);
  return [...new Set([apiKey?.trim() ?? '', ...fromHeaders, ...urlSecrets(baseUrl)])].filter((secret) => secret !== '');
}

function urlSecrets(baseUrl: string): string[] {
  if (!URL.canParse(baseUrl)) return [];
  const { username, password, searchParams } = new URL(baseUrl);
  const userinfo = [password, decode(password), password === '' ? username : ''];
  const basic = password === '' ? '' : Buffer.from(`${decode(username)}:${decode(password)}`).toString('base64');
  return [...userinfo, basic, ...[...searchParams.values()].filter((value) => value.length >= shortestHeaderSecret)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// Bounded, and anchored at a word: text of a server must not make this slow.
const userinfo = /\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@"'<>]{1,500}@/gi;
const query = /\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s?"'<>]{1,1000})\?[^\s"'<>]+/gi;

function redactUrls(text: string): string {
  return text.replace(userinfo, `$1${mark}@`).replace(query, `$1?${mark}`);
}
