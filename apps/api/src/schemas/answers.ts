// What the API answers, for the OpenAPI document. Tests parse every answer with these, so they cannot drift apart.

import { eventSchemas, eventTypes, failureSchema, limitsSchema, toolSchema, usageSchema } from '@turnlog/core';
import { z } from 'zod';
import 'zod-openapi';

export const version = z.number().int().nonnegative();
export const time = z.iso.datetime();
const phase = z.enum(['idle', 'running', 'waiting', 'paused', 'closed']).meta({
  id: 'Phase',
  description: '`idle`: no open turn. `waiting`: for a person. `paused`: by a limit. `closed`: erased.',
});
export const phaseParameter = phase;

const chatToolCall = z.strictObject({
  id: z.string(),
  type: z.literal('function'),
  function: z.strictObject({ name: z.string(), arguments: z.string() }),
});

const traceMessageFields = {
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.string(),
  reasoning_content: z.string().optional(),
  tool_calls: z.array(chatToolCall).optional(),
  tool_call_id: z.string().optional(),
  name: z.string().optional(),
};

export const viewMessage = z.strictObject({ version, ...traceMessageFields });
export const chatMessage = z.strictObject({
  ...traceMessageFields,
  content: z.string().nullable(),
  reasoning: z.string().optional(),
});

export const waitingFor = z
  .strictObject({
    callId: z.string(),
    kind: z.enum(['approval', 'unknown', 'elicitation']),
    server: z.string(),
    tool: z.string(),
    arguments: z.string(),
    digest: z.string().optional(),
    message: z.string().optional().meta({ description: 'Of an elicitation: what the server asks.' }),
    requestedSchema: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'The form to fill in, as JSON Schema: `accept` takes its fields as `content`.' }),
    url: z.string().optional().meta({ description: 'The page that the server asks to open, instead of a form.' }),
    actions: z.array(z.string()),
    since: time,
  })
  .meta({ id: 'WaitingFor' });

export const openStep = z.strictObject({
  step: z.number().int(),
  kind: z.enum(['model', 'tool']),
  attempt: z.number().int(),
  phase: z.enum(['due', 'started', 'approval', 'unknown', 'elicitation']),
  dueAt: time,
  tool: z.string().optional(),
  callId: z.string().optional(),
  failure: failureSchema.optional(),
});

const forkedFrom = z.strictObject({
  conversationId: z.string(),
  version,
  supersededAfter: version
    .optional()
    .meta({ description: 'Where the fork supersedes: what its ancestors did after this version was left.' }),
});

const commonFields = {
  id: z.string(),
  version,
  phase,
  model: z.string(),
  usage: usageSchema.extend({ cost: z.number().optional() }),
  tags: z.array(z.string()),
  forkedFrom: forkedFrom.optional(),
  replayOf: z
    .strictObject({ mode: z.enum(['cassette', 'live']), source: z.string(), through: version })
    .optional()
    .meta({ description: 'What this conversation performs again.' }),
  createdAt: time,
  updatedAt: time,
};

export const conversationAnswer = z
  .strictObject({
    ...commonFields,
    messages: z.array(viewMessage),
    openSteps: z.array(openStep),
    waitingFor: z.array(waitingFor).optional(),
    pausedBy: z.string().optional(),
    lastTurn: z
      .strictObject({
        turn: z.number().int(),
        end: z.enum(['completed', 'failed', 'cancelled', 'rolled_back']),
        failure: failureSchema.optional(),
      })
      .optional(),
    limits: limitsSchema,
    metadata: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Conversation' });

const pageOf = (item: z.ZodType) => z.strictObject({ items: z.array(item), nextCursor: z.string().nullable() });

export const conversationsAnswer = pageOf(
  z
    .strictObject({
      ...commonFields,
      title: z.string(),
      rating: z.union([z.literal(-1), z.literal(0), z.literal(1)]).optional(),
      turns: z.number().int(),
      steps: z.number().int(),
    })
    .meta({ id: 'ConversationSummary' }),
);

export const turnAnswer = z.strictObject({
  id: z.string(),
  turn: z.number().int().meta({
    description: 'The turn that was started. With `queue` or `steer` a forecast: an input that waits reserves no number.',
  }),
  version,
});

export const commandAnswer = z.strictObject({ id: z.string(), version, phase });

const eventFields = {
  version,
  recordedAt: time,
  schemaVersion: z.number().int(),
  commandId: z.string().optional(),
  causation: z.string().optional(),
  correlation: z.string().optional(),
};

const [firstType, ...otherTypes] = eventTypes.map((type) =>
  z.strictObject({ type: z.literal(type), data: eventSchemas[type], ...eventFields }).meta({ id: type }),
);

export const eventAnswer = (firstType === undefined ? z.never() : z.union([firstType, ...otherTypes])).meta({ id: 'Event' });

export const eventsAnswer = z.strictObject({ events: z.array(eventAnswer), nextAfter: version });

export const stateAnswer = z.strictObject({
  id: z.string(),
  version,
  phase,
  messages: z.array(chatMessage),
  waitingFor: z.array(waitingFor).optional(),
});

export const traceAnswer = z
  .strictObject({
    timestamp: z.string(),
    model: z.string(),
    messages: z.array(z.strictObject(traceMessageFields)),
    tools: z.array(
      z.strictObject({
        type: z.literal('function'),
        function: z.strictObject({
          name: z.string(),
          description: z.string().optional(),
          parameters: z.record(z.string(), z.unknown()),
        }),
      }),
    ),
    turnlog: z.strictObject({ conversation: z.string(), version, schema: z.literal(1) }),
  })
  .meta({ id: 'Trace' });

export const rowsAnswer = z
  .strictObject({
    format: z.string(),
    conversation: z.string(),
    rows: z.array(z.record(z.string(), z.unknown())).meta({ description: 'As in the files of an export.' }),
    excluded: z.record(z.string(), z.number().int()).meta({ description: 'What was left out, by reason.' }),
    secrets: z.number().int().meta({ description: 'Places in which a secret was replaced.' }),
  })
  .meta({ id: 'ConversationRows' });

export const modelsAnswer = pageOf(z.strictObject({ name: z.string(), model: z.string(), isDefault: z.boolean() }));

export const toolsAnswer = pageOf(
  z.strictObject({ server: z.string(), tools: z.array(toolSchema), failure: failureSchema.optional(), listedAt: time }),
);

export const healthAnswer = z.strictObject({ ok: z.literal(true) });

const check = z.strictObject({ ok: z.boolean(), detail: z.string().optional() });
export const readyAnswer = z.strictObject({ ready: z.literal(true), checks: z.record(z.string(), check) });

export const problemAnswer = z
  .looseObject({
    type: z.string().meta({ description: 'Stable: `urn:turnlog:problem:…`.' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    requestId: z.string(),
    errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457.' });
