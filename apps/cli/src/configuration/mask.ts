// How a refused value is shown. Whoever reads the message knows what they typed; a log must not learn a secret from it.

/** Hides the whole value: even the first characters of a key tell whose it is. */
export const maskSecret = (value: string): string => `a value of ${value.length} characters (not shown)`;

/** Keeps the scheme, host and path of a URL; hides its user, password, query and fragment. */
export function maskUrl(value: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(value)?.[0];
  // Text that does not begin like a URL may be a bare password.
  if (scheme === undefined) return maskSecret(value);
  const rest = value.slice(scheme.length);
  const at = rest.lastIndexOf('@');
  const credentials = at === -1 ? '' : '***@';
  const [place = '', ...hidden] = rest.slice(at + 1).split(/[?#]/);
  return JSON.stringify(`${scheme}${credentials}${place}${hidden.length > 0 ? '?***' : ''}`);
}
