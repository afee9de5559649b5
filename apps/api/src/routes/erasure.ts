// Erasing: the contents of a conversation go for good, its versions and a tombstone stay.

import { eraseConversation } from '@turnlog/core';
import { z } from 'zod';
import type { ApiDependencies } from '../api-dependencies.ts';
import { RequestRefused } from '../request-refused.ts';
import { defineRoute, noBody, type Route } from '../route.ts';
import { conversationParams } from '../schemas/parameters.ts';
import { erasedAnswer } from '../schemas/replay-answers.ts';

export const erasureRoutes = ({ engine, erasure, datasets, newId }: ApiDependencies): readonly Route[] => [
  defineRoute({
    method: 'delete',
    path: '/conversations/:id',
    group: 'Conversations',
    summary: 'Erases a conversation',
    description:
      'Contents, content hashes and large results go, versions and a tombstone stay; its phase is then `closed`. Cannot be undone. Asking again is safe, and finishes what was cut short. Backups, exported files and pushed datasets are not reached; `datasets` names those that hold rows of it.',
    problems: ['shared_prefix'],
    access: 'token',
    params: conversationParams,
    query: z.strictObject({
      forks: z.enum(['refuse', 'detach', 'erase'], 'Must be refuse, detach or erase.').optional().meta({
        description:
          'Forks that share its events: `refuse` names them (409, the default), `detach` gives them the events as their own first, `erase` erases them too.',
      }),
    }),
    body: noBody,
    answers: { 200: { description: 'It is erased.', schema: erasedAnswer } },
    perform: async ({ params: { id }, query: { forks = 'refuse' }, requestId }) => {
      const envelopeOf = (conversationId: string) => ({ conversationId, commandId: newId(), correlation: requestId });
      const result = await eraseConversation({ engine, erasure }, id, { forks, envelopeOf });
      if (result.type === 'erased') {
        const { version, erased, detached } = result;
        const holding = await datasets.holding(erased);
        return { status: 200, json: { id, version, phase: 'closed', erased, detached, datasets: holding } };
      }
      throw new RequestRefused(
        'shared_prefix',
        `Forks share its events: ${result.forks.slice(0, 5).join(', ')}${result.forks.length > 5 ? ' …' : ''}. Say \`forks=detach\` or \`forks=erase\`.`,
        { members: { forks: result.forks } },
      );
    },
  }),
];
