// For those who watch the engine: is it alive, may traffic come, what does it count.

import type { ApiDependencies, Check } from '../api-dependencies.ts';
import type { RequestMetrics } from '../request-metrics.ts';
import { RequestRefused } from '../request-refused.ts';
import { defineRoute, type Route, takesNothing } from '../route.ts';
import { healthAnswer, readyAnswer } from '../schemas/answers.ts';

export const operationRoutes = ({ checks, metrics }: ApiDependencies, own: RequestMetrics): readonly Route[] => [
  defineRoute({
    ...takesNothing,
    method: 'get',
    path: '/healthz',
    group: 'Operations',
    summary: 'Says that the process answers',
    access: 'open',
    answers: { 200: { description: 'It does.', schema: healthAnswer } },
    perform: async () => ({ status: 200, json: { ok: true } }),
  }),
  defineRoute({
    ...takesNothing,
    method: 'get',
    path: '/readyz',
    group: 'Operations',
    summary: 'Says whether traffic is welcome',
    description: 'Checks what the engine needs, such as its database and queue. 503 with the checks if one fails.',
    problems: ['not_ready'],
    access: 'token',
    answers: { 200: { description: 'Everything works.', schema: readyAnswer } },
    perform: async () => ({ status: 200, json: { ready: true, checks: await passing(checks) } }),
  }),
  defineRoute({
    ...takesNothing,
    method: 'get',
    path: '/metrics',
    group: 'Operations',
    summary: 'Shows metrics for Prometheus',
    access: 'token',
    answers: { 200: { description: 'Prometheus text.', media: ['text/plain'] } },
    perform: async () => ({
      status: 200,
      text: [await own.text(), (await metrics?.()) ?? ''].join(''),
      headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' },
    }),
  }),
];

const passing = async (ask: ApiDependencies['checks']): Promise<Readonly<Record<string, Check>>> => {
  const checks = await ask().catch(
    (): Readonly<Record<string, Check>> => ({ checks: { ok: false, detail: 'could not be made' } }),
  );
  const failing = Object.entries(checks).filter(([, { ok }]) => !ok);
  if (failing.length === 0) return checks;
  const detail = failing.map(([name, check]) => `${name}: ${check.detail ?? 'does not work'}`).join('; ');
  throw new RequestRefused('not_ready', detail, { headers: { 'Retry-After': '1' }, members: { checks } });
};
