// What replays, fork families, differences and erasures answer.

import { z } from 'zod';
import { chatMessage, openStep, phaseParameter as phase, time, version, viewMessage, waitingFor } from './answers.ts';
import 'zod-openapi';

const replayFields = {
  id: z.string(),
  at: version.meta({ description: 'The version up to which was replayed.' }),
  executed: z.literal('nothing').meta({ description: 'No model and no tool was asked.' }),
};

export const replayAnswer = z
  .discriminatedUnion('mode', [
    z.strictObject({
      ...replayFields,
      mode: z.literal('project'),
      phase,
      model: z.string(),
      messages: z.array(chatMessage),
      openSteps: z.array(openStep),
      waitingFor: z.array(waitingFor).optional(),
    }),
    z.strictObject({
      ...replayFields,
      mode: z.literal('verify'),
      verdict: z.enum(['verified', 'differs', 'erased']),
      requests: z
        .number()
        .int()
        .meta({ description: 'Recorded model requests that were rendered again, byte for byte the same.' }),
      difference: z
        .strictObject({
          version: version.meta({ description: 'The first version that differs.' }),
          kind: z.enum(['version', 'time', 'schema', 'request', 'fold', 'history']),
          message: z.string(),
        })
        .optional(),
    }),
  ])
  .meta({ id: 'ReplayReport' });

export const treeAnswer = z
  .strictObject({
    root: z.string(),
    members: z
      .array(
        z.strictObject({
          id: z.string(),
          title: z.string(),
          phase,
          version,
          createdAt: time,
          parent: z.string().optional(),
          at: version.optional(),
          children: z.array(z.string()),
        }),
      )
      .meta({ description: 'A parent comes before its forks; the root is the first.' }),
    isCut: z.boolean().meta({ description: 'There are more than are shown.' }),
  })
  .meta({ id: 'ForkFamily' });

export const diffAnswer = z
  .strictObject({
    here: z.string(),
    there: z.string(),
    divergesAt: version
      .nullable()
      .meta({ description: 'The first version that the two do not share; null if they are the same.' }),
    versions: z.strictObject({ here: version, there: version }),
    messages: z.array(z.strictObject({ change: z.enum(['same', 'only_here', 'only_there']), message: viewMessage })),
  })
  .meta({ id: 'ConversationDiff' });

export const erasedAnswer = z.strictObject({
  id: z.string(),
  version,
  phase,
  erased: z.array(z.string()).meta({ description: 'The conversation, and the forks that went with it.' }),
  detached: z.array(z.string()).meta({ description: 'Forks that got the shared events as their own.' }),
  datasets: z.array(z.string()).meta({
    description: 'Folders and repositories that hold rows of what was erased, or did: build them again or delete them.',
  }),
});
