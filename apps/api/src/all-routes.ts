// Every route there is. The OpenAPI document, the reference page and the security tests are made from this list.

import type { ApiDependencies } from './api-dependencies.ts';
import type { RequestMetrics } from './request-metrics.ts';
import type { Route } from './route.ts';
import { batchRoutes } from './routes/batches.ts';
import { catalogueRoutes } from './routes/catalogue.ts';
import { conversationRoutes } from './routes/conversations.ts';
import { decisionRoutes } from './routes/decisions.ts';
import { erasureRoutes } from './routes/erasure.ts';
import { eventRoutes } from './routes/events.ts';
import { exportRoutes } from './routes/exports.ts';
import { forkRoutes } from './routes/forks.ts';
import { operationRoutes } from './routes/operations.ts';
import { referenceRoutes } from './routes/reference.ts';
import { replayRoutes } from './routes/replays.ts';
import { turnRoutes } from './routes/turns.ts';
import { createSubmitCommand } from './submit-command.ts';

export const allRoutes = (dependencies: ApiDependencies, metrics: RequestMetrics): readonly Route[] => {
  const submit = createSubmitCommand(dependencies);
  const routes: readonly Route[] = [
    ...conversationRoutes(dependencies, submit),
    ...turnRoutes(submit),
    ...decisionRoutes(submit),
    ...eventRoutes(dependencies, metrics),
    ...forkRoutes(dependencies, submit),
    ...replayRoutes(dependencies, submit),
    ...erasureRoutes(dependencies),
    ...batchRoutes(dependencies),
    ...exportRoutes(dependencies),
    ...catalogueRoutes(dependencies),
    ...operationRoutes(dependencies, metrics),
  ];
  return [...routes, ...referenceRoutes(dependencies, routes)];
};
