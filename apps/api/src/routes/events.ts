// The log of one conversation, as pages or live.

import { z } from 'zod';
import type { ApiDependencies } from '../api-dependencies.ts';
import type { RequestMetrics } from '../request-metrics.ts';
import { RequestRefused, refuseFields } from '../request-refused.ts';
import { requireConversation } from '../require-conversation.ts';
import { type Answer, defineRoute, type Incoming, noBody, type Route } from '../route.ts';
import { eventsAnswer } from '../schemas/answers.ts';
import { conversationParams, defaultLimit, limitParameter, wholeNumber } from '../schemas/parameters.ts';
import { streamEvents } from '../stream-events.ts';

const description = `Pages: read on with \`?after=<nextAfter>\`; a page that is not full is the last one so far.

Live, with \`Accept: text/event-stream\`: every event in order, each once, then new ones as they are recorded. A frame's \`id\` is the
version and its data is the event; frames have no name, so an EventSource gives them to \`onmessage\`. \`Last-Event-ID\` (which an
EventSource sends by itself when it reconnects) resumes after that version and counts before \`?after\`. Frames named \`delta\` hold
pieces of an answer that is being written: \`{step, attempt, seq, content?, reasoning?, toolCall?}\`, or how far a tool call has come:
\`{step, attempt, seq, progress: {progress?, total?, message?}}\`. They have no id and may be missing;
a new attempt voids those of the former one, and the numbered event replaces them all. A comment every 15 seconds keeps the connection open.`;

const version = wholeNumber({ min: 0 });

export const eventRoutes = (dependencies: ApiDependencies, metrics: RequestMetrics): readonly Route[] => {
  const openStream = createOpenStream(dependencies, metrics);
  return [
    defineRoute({
      method: 'get',
      path: '/conversations/:id/events',
      group: 'Conversations',
      summary: 'Reads the events, or follows them live',
      description,
      problems: ['too_many_streams'],
      access: 'token',
      params: conversationParams,
      query: z.strictObject({
        after: version.optional().meta({ description: 'The version after which to begin; 0 if not given.' }),
        limit: limitParameter,
      }),
      headers: z.object({
        'Last-Event-ID': z.string().optional().meta({ description: 'Live only: the version that was seen last.' }),
      }),
      body: noBody,
      answers: { 200: { description: 'A page, or the live stream.', schema: eventsAnswer, media: ['text/event-stream'] } },
      perform: async (request): Promise<Answer> => {
        const { params, query } = request;
        await requireConversation(dependencies.engine, params.id);
        const after = query.after ?? 0;
        if (isStream(request)) return openStream(params.id, resumeAt(request) ?? after);
        const events = await dependencies.store.read(params.id, { after, upTo: after + (query.limit ?? defaultLimit) });
        return { status: 200, json: { events, nextAfter: events.at(-1)?.version ?? after } };
      },
    }),
  ];
};

const isStream = (request: Incoming): boolean =>
  request.method === 'GET' && /(^|[\s,])text\/event-stream\b/i.test(request.header('accept') ?? '');

const resumeAt = (request: Incoming): number | undefined => {
  const id = request.header('last-event-id');
  if (id === undefined || id === '') return undefined;
  const parsed = version.safeParse(id);
  return parsed.success ? parsed.data : refuseFields([{ path: 'Last-Event-ID', message: 'Must be a version.' }]);
};

const createOpenStream = ({ store, feed, streams = {} }: ApiDependencies, { openStreams }: RequestMetrics) => {
  const { max = 256, pollMs = 1_000 } = streams;
  let open = 0;
  return (conversationId: string, after: number): Answer => {
    if (open >= max)
      throw new RequestRefused('too_many_streams', `${max} live streams are open. Close one, or read the events as pages.`, {
        headers: { 'Retry-After': '5' },
      });
    open += 1;
    openStreams.inc();
    return {
      status: 200,
      stream: async (connection) => {
        try {
          await streamEvents({ store, feed, pollMs }, { conversationId, after }, connection);
        } finally {
          open -= 1;
          openStreams.dec();
        }
      },
    };
  };
};
