// Loopback is no boundary: any page in a browser can reach it. The Host check is the primary one, because DNS
// rebinding sends no foreign Origin; it holds for every route, streams and /healthz included.

import type { RequestHandler } from 'express';
import { RequestRefused } from './request-refused.ts';

const loopbackNames: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

export const checkOrigin = (allowedHosts: readonly string[]): RequestHandler => {
  const configured = allowedHosts.map((name) => name.toLowerCase());
  const allowed = new Set([...loopbackNames, ...configured]);
  return (request, _response, next) => {
    const host = request.headers.host?.toLowerCase() ?? '';
    if (!allowed.has(hostName(host)))
      throw new RequestRefused(
        'forbidden_host',
        'This host name is not allowed. The operator can add it to TURNLOG_ALLOWED_HOSTS.',
      );
    const { origin } = request.headers;
    if (origin !== undefined && !isAllowedOrigin(origin, host, configured))
      throw new RequestRefused('forbidden_origin', 'Pages of other origins may not use this API.');
    if (request.headers['sec-fetch-site'] === 'cross-site')
      throw new RequestRefused('forbidden_origin', 'Requests from other sites are refused. Open the address yourself.');
    next();
  };
};

/** `name:port`, `[v6]:port` or a bare name; what is none of them has no name. */
const hostName = (host: string): string => /^(\[[0-9a-f:.]+\]|[^:[\]]+)(:\d{1,5})?$/.exec(host)?.[1] ?? '';

/** Another port of this machine is another origin; a proxy's public name is allowed only where the operator says so. */
const isAllowedOrigin = (origin: string, host: string, configured: readonly string[]): boolean => {
  const own = origin.toLowerCase().replace(/^https?:\/\//, '');
  return own !== origin.toLowerCase() && (own === host || configured.includes(hostName(own)));
};
