// What the API counts about itself. Labels are route templates, never paths, so that their number is bounded.

import type { RequestHandler } from 'express';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface RequestMetrics {
  /** Counts every request, also those that no route takes. */
  readonly count: RequestHandler;
  readonly openStreams: { inc(): void; dec(): void };
  text(): Promise<string>;
}

export const createRequestMetrics = (): RequestMetrics => {
  const registers = [new Registry()];
  const [registry] = registers;
  const requests = new Counter({
    name: 'turnlog_http_requests_total',
    help: 'Requests answered, by method, route template and status.',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'turnlog_http_request_duration_seconds',
    help: 'Time to the end of the answer, live streams excluded.',
    labelNames: ['method', 'route'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const openStreams = new Gauge({ name: 'turnlog_event_streams', help: 'Live streams that are open.', registers });
  return {
    openStreams,
    text: async () => (await registry?.metrics()) ?? '',
    count: (request, response, next) => {
      const startedAt = performance.now();
      response.once('close', () => {
        const route: unknown = response.locals.route;
        const labels = { method: methodLabel(request.method), route: typeof route === 'string' ? route : 'none' };
        requests.inc({ ...labels, status: response.statusCode });
        if (response.locals.isStream !== true) durations.observe(labels, (performance.now() - startedAt) / 1_000);
      });
      next();
    },
  };
};

const methodLabel = (method: string): string => (['GET', 'POST', 'HEAD'].includes(method) ? method : 'other');
