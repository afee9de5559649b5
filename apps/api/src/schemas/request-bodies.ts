// What clients may send. Every object is strict: a misspelt field is an error, never a silent default.

import { approvalSchema, limitsSchema, paramFaults, toolResultSchema } from '@turnlog/core';
import { z } from 'zod';
import 'zod-openapi';
import { printable } from './parameters.ts';

const maxMetadataBytes = 16 * 1024;

export const text = z.string().min(1);
export const tags = z.array(printable.max(100)).max(50);

const input = text.meta({ description: 'What the user says.' });

export const params = z
  .record(z.string(), z.unknown())
  .superRefine((given, context) => {
    for (const { path, message } of paramFaults(given))
      context.addIssue({ code: 'custom', path: path.split('.'), message: `This field ${message}.` });
  })
  .meta({
    description:
      'Goes into the model request as it is (`temperature`, `max_tokens` …), over what the operator configured; the keys of `extra_body` go into the body itself.',
  });

export const metadata = z
  .record(z.string(), z.unknown())
  .refine(
    (given) => Buffer.byteLength(JSON.stringify(given)) <= maxMetadataBytes,
    `Must be at most ${maxMetadataBytes} bytes of JSON.`,
  )
  .meta({ description: 'Your own notes: at most 16 KB, shown with the conversation and never sent to the model.' });

export const limitsBody = limitsSchema.meta({
  id: 'Limits',
  description: 'What pauses a turn. What is not given keeps its default: 50 steps, 1 hour of work, 3 identical calls in a row.',
});

export const createConversationBody = z
  .strictObject({
    model: text.optional().meta({ description: 'A name of GET /models; the default model if not given.' }),
    systemPrompt: text.optional(),
    input: input.optional().meta({ description: 'With it the first turn is enqueued too.' }),
    servers: z.array(text).optional().meta({ description: 'Names of configured MCP servers; all of them if not given.' }),
    approval: approvalSchema
      .optional()
      .meta({ description: "One policy, or one by tool name. Tightens the operator's own, never loosens it." }),
    limits: limitsBody.optional(),
    truncate: z.number().int().positive().optional().meta({ description: 'Characters of a tool result that the model sees.' }),
    params: params.optional(),
    metadata: metadata.optional(),
    tags: tags.optional(),
  })
  .meta({ id: 'CreateConversation' });

export const startTurnBody = z
  .strictObject({
    input,
    whileBusy: z.enum(['reject', 'queue', 'steer', 'interrupt', 'rollback']).optional().meta({
      description:
        'What happens while a turn is open: `reject` (409, the default); `queue`: the input waits for its turn to end; `steer`: the turn hears it before its next model call; `interrupt`: the turn is cancelled; `rollback`: the turn leaves the history, with all that was said in it.',
    }),
  })
  .meta({ id: 'StartTurn' });

const version = z.number().int().positive().max(2_000_000_000);

export const forkBody = z
  .strictObject({
    at: version.meta({ description: 'The version at which the fork begins: it shares all events up to this one.' }),
    model: text.optional().meta({ description: "A name of GET /models; the parent's model if not given." }),
    systemPrompt: text.optional(),
    servers: z.array(text).optional().meta({ description: "Names of configured MCP servers; the parent's if not given." }),
    edit: z
      .strictObject({ content: text })
      .optional()
      .meta({ description: 'Replaces the last user message at or before `at`, drops what follows it, and starts the model.' }),
    input: input.optional().meta({ description: 'Adds a turn and starts the model; after the edited one where both are given.' }),
    supersede: z
      .boolean()
      .optional()
      .meta({ description: 'What the parent did after this point was left: it is no longer meant to be trained on.' }),
  })
  .meta({ id: 'Fork' });

export const replayBody = z
  .strictObject({
    at: version.optional().meta({ description: 'A version; the last one if not given.' }),
    mode: z.enum(['project', 'verify', 'cassette', 'live']).meta({
      description:
        '`project`: state and messages. `verify`: whether they are what was recorded. `cassette`: again, with recorded tool results. `live`: again, in earnest.',
    }),
    model: text.optional().meta({ description: 'Another model for `cassette` or `live`.' }),
  })
  .meta({ id: 'Replay' });

export const cancelBody = z.strictObject({ reason: text.optional() }).meta({ id: 'Cancel' });

export const resumeBody = z.strictObject({ limits: limitsBody.optional() }).meta({ id: 'Resume' });

const asToolResult = z
  .union([
    text.transform((said) => ({ content: [{ type: 'text', text: said }], isError: false })),
    z.strictObject({ ...toolResultSchema.shape, isError: toolResultSchema.shape.isError.default(false) }),
  ])
  .meta({ description: 'With `resolve`: what the call answered, as text or as an MCP result.' });

const rawArguments = z
  .union([z.string(), z.record(z.string(), z.unknown()).transform((value) => JSON.stringify(value))])
  .meta({ description: 'With `edit`: the arguments to call with instead, as an object or as raw JSON text.' });

export const decisionBody = z
  .strictObject({
    decision: z.enum(['approve', 'reject', 'edit', 'retry', 'resolve', 'tell', 'accept', 'decline', 'dismiss']).meta({
      description:
        '`approve`, `edit` or `reject` a call that waits for approval; `retry`, `resolve` or `tell` one whose outcome is unknown; `accept`, `decline` or `dismiss` what a server asks in the middle of a call.',
    }),
    arguments: rawArguments.optional(),
    reason: text.optional(),
    result: asToolResult.optional(),
    content: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'With `accept`: the fields of `requestedSchema`. Those that are left out take their defaults.' }),
    digest: text.optional().meta({ description: 'The `digest` that was shown; `approve` and `edit` need it.' }),
  })
  .superRefine(({ decision, arguments: edited, result, content }, context) => {
    if (content !== undefined && decision !== 'accept')
      context.addIssue({ code: 'custom', path: ['content'], message: 'Only `accept` takes content.' });
    if (edited !== undefined && decision !== 'edit')
      context.addIssue({ code: 'custom', path: ['arguments'], message: 'Only `edit` takes arguments.' });
    if (result !== undefined && decision !== 'resolve')
      context.addIssue({ code: 'custom', path: ['result'], message: 'Only `resolve` takes a result.' });
  })
  .meta({ id: 'Decision' });

export const feedbackBody = z
  .strictObject({
    turn: z.number().int().positive().optional(),
    step: z.number().int().positive().optional(),
    rating: z.union([z.literal(-1), z.literal(0), z.literal(1)]).optional(),
    tags: tags.optional(),
    comment: text.optional(),
    correction: text.optional().meta({ description: 'What the model should have said.' }),
    reward: z
      .number()
      .optional()
      .meta({ description: "What it was worth, on the grader's own scale: the `reward` of `rl` rows." }),
    grader: printable
      .max(100)
      .optional()
      .meta({ description: 'Who judged, where it was no person. Of one grader the last reward counts, of several their mean.' }),
  })
  .refine(
    ({ rating, tags: given, comment, correction, reward }) =>
      [rating, given, comment, correction, reward].some((value) => value !== undefined),
    'Give at least one of rating, tags, comment, correction and reward.',
  )
  .meta({ id: 'Feedback' });
