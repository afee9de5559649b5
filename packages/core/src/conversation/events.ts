// The facts of a conversation, in the form in which they are stored for ever.
// WARNING: names and shapes here are the storage format. Changing one needs a new schema version and an upcaster;
// `docs/events.md` lists them all and a test holds the two together.

import { z } from 'zod';
import { failureSchema } from './failure.ts';
import { answerTokensSchema, assistantMessageSchema, toolResultSchema, usageSchema } from './messages.ts';
import { approvalSchema, limitsSchema, modelSettingsSchema, toolSchema } from './settings.ts';

const turn = z.number().int().positive();
const step = z.number().int().positive();
const attempt = z.number().int().positive();
const claim = z.string();
const time = z.iso.datetime();

/** A tool call as a step: `arguments` is the raw text that will be parsed and sent. */
export const toolStepSchema = z.object({
  callId: z.string(),
  name: z.string(),
  server: z.string(),
  tool: z.string(),
  arguments: z.string(),
});
export type ToolStep = z.infer<typeof toolStepSchema>;

/** What a server asks the user in the middle of a call: a form, or a page to open. */
const questionSchema = z.object({
  message: z.string(),
  /** JSON Schema as the server sent it. */
  requestedSchema: z.record(z.string(), z.unknown()).optional(),
  url: z.string().optional(),
});
export type Question = z.infer<typeof questionSchema>;

/** In the words of MCP: `cancel` is a question that was dismissed. */
const elicitedSchema = z.object({
  action: z.enum(['accept', 'decline', 'cancel']),
  content: z.record(z.string(), z.unknown()).optional(),
});
export type Elicited = z.infer<typeof elicitedSchema>;

const partialMessage = z.object({
  content: z.string().nullable(),
  reasoning: z.string().optional(),
  toolCalls: z.array(z.object({ providerId: z.string().optional(), name: z.string(), arguments: z.string() })),
});

const receivedMessage = assistantMessageSchema.extend({ toolCalls: partialMessage.shape.toolCalls });

/** An outcome that did not count, as the worker told it: calls have no ids of the engine. */
const supersededOutcomeSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('answered'),
    message: receivedMessage,
    finishReason: z.string(),
    usage: usageSchema.optional(),
    reportedModel: z.string().optional(),
    responseId: z.string().optional(),
    warnings: z.array(z.string()).optional(),
  }),
  z.object({ type: z.literal('returned'), result: toolResultSchema }),
  /** `sent`: the outside may have acted on it. */
  z.object({
    type: z.literal('failed'),
    failure: failureSchema,
    partial: partialMessage.optional(),
    sent: z.literal(true).optional(),
  }),
]);

const shapes = {
  /** The first event of every conversation that is not a fork. */
  ConversationStarted: z.object({
    model: modelSettingsSchema,
    systemPrompt: z.string().optional(),
    servers: z.array(z.string()),
    approval: approvalSchema.optional(),
    limits: limitsSchema,
    /** Characters of a tool result that the model sees. */
    truncate: z.number().int().positive().optional(),
    metadata: z.record(z.string(), z.unknown()),
    tags: z.array(z.string()),
  }),
  /** Version N+1 of a conversation whose versions 1..N are its parent's; closes what was open at N. See `evolve-fork.ts`. */
  ConversationForked: z.object({
    parent: z.object({ conversationId: z.string(), version: z.number().int().positive() }),
    model: modelSettingsSchema.optional(),
    systemPrompt: z.string().optional(),
    servers: z.array(z.string()).optional(),
    /** In place of the prefix's: those of another model. */
    limits: limitsSchema.optional(),
    /** The turn whose last user message is replaced, and all that follows it dropped from the rendered history. */
    editedTurn: turn.optional(),
    /**
     * The fork performs versions 1 to `through` of `source` again. `cassette`: tools answer from its recordings, and none is
     * called. `live`: everything happens again.
     */
    replay: z.object({ mode: z.enum(['cassette', 'live']), source: z.string(), through: z.number().int().positive() }).optional(),
    /** What the ancestors did after this point is no longer meant to be trained on. */
    supersede: z.boolean(),
  }),
  /** What the servers offered, as the model is told; frozen until another listing differs. */
  ToolsListed: z.object({
    servers: z.array(z.string()),
    tools: z.array(toolSchema),
    warnings: z.array(z.string()),
  }),

  /** `fromQueue`: the input is the first that waited. A turn gets its number here: an input that waits reserves none. */
  TurnStarted: z.object({ turn, input: z.string(), fromQueue: z.literal(true).optional() }),
  TurnQueued: z.object({ input: z.string() }),
  /** Said while a turn was open; rendered after all tool answers, before the next model call. */
  TurnSteered: z.object({ turn, input: z.string() }),
  TurnCompleted: z.object({ turn }),
  TurnFailed: z.object({ turn, step: step.optional(), failure: failureSchema }),
  TurnCancelled: z.object({ turn, cause: z.enum(['requested', 'interrupted']), reason: z.string().optional() }),
  /** The turn leaves the rendered history; the log keeps it. */
  TurnRolledBack: z.object({ turn }),
  TurnPaused: z.object({
    turn,
    reason: z.enum([
      'maxSteps',
      'maxConversationSteps',
      'maxWallMs',
      'maxConversationWallMs',
      'maxTokens',
      'maxConversationTokens',
      'maxCost',
      'maxConversationCost',
      'maxIdenticalCalls',
    ]),
    limit: z.number(),
    reached: z.number(),
  }),
  /** A cassette came to a call that its source never made: it is not made, and the turn goes no further. */
  ReplayStopped: z.object({ turn, step, call: toolStepSchema }),
  TurnResumed: z.object({ turn, limits: limitsSchema }),

  StepScheduled: z.object({
    turn,
    step,
    call: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('model') }),
      z.object({ kind: z.literal('tool'), ...toolStepSchema.shape }),
    ]),
  }),
  /**
   * A call that waits for a person; `digest` binds the decision to server, tool and exact arguments. It comes again for the
   * same step, with another digest, when the tool has changed meanwhile: what was shown before is void.
   */
  ApprovalRequested: z.object({ turn, step, call: toolStepSchema, digest: z.string() }),
  ToolCallApproved: z.object({ step, digest: z.string() }),
  ToolCallEdited: z.object({ step, digest: z.string(), arguments: z.string(), reason: z.string().optional() }),
  ToolCallRejected: z.object({ step, reason: z.string().optional() }),
  /** The engine itself refused the call; the model reads `message`. */
  ToolCallRefused: z.object({
    turn,
    step,
    call: toolStepSchema,
    reason: z.enum(['unknown_tool', 'bad_arguments', 'policy']),
    message: z.string(),
  }),

  /** Durable before a byte is sent. An outcome counts only with this claim. */
  AttemptStarted: z.object({
    step,
    attempt,
    claim,
    worker: z.string(),
    /** Of a model step: sha256 of the exact bytes given to `fetch`, and what they were rendered with. */
    request: z.object({ sha256: z.string(), renderer: z.number().int(), toolsVersion: z.number().int() }).optional(),
    /** Of a tool step: the same for every attempt of the call. */
    effectId: z.string().optional(),
  }),
  ModelResponded: z.object({
    step,
    attempt,
    claim,
    message: assistantMessageSchema,
    finishReason: z.string(),
    usage: usageSchema.optional(),
    /** Where the server said nothing and a token or cost limit holds: what that limit counts. */
    estimatedUsage: usageSchema.optional(),
    reportedModel: z.string().optional(),
    responseId: z.string().optional(),
    tokens: answerTokensSchema.optional(),
    warnings: z.array(z.string()).optional(),
  }),
  /** `warnings`: what is wrong with the result by the tool's own output schema. It counts all the same. */
  ToolReturned: z.object({ step, attempt, claim, result: toolResultSchema, warnings: z.array(z.string()).optional() }),
  /**
   * `retryAt` says when the next attempt is due; null says that there is none. No claim: the attempt never started.
   * `sent`: a tool call of which the policy allows another attempt may have happened already.
   */
  AttemptFailed: z.object({
    step,
    attempt,
    claim: claim.optional(),
    failure: failureSchema,
    partial: partialMessage.optional(),
    warnings: z.array(z.string()).optional(),
    sent: z.literal(true).optional(),
    retryAt: time.nullable(),
  }),
  /**
   * A call was sent and no answer came. `ask` waits for a person, `tell` lets the model read that it may have happened.
   * No claim: an earlier attempt was sent, and the one that this ends could not start.
   */
  ToolOutcomeUnknown: z.object({
    step,
    attempt,
    claim: claim.optional(),
    failure: failureSchema,
    policy: z.enum(['ask', 'tell']),
  }),
  ToolOutcomeDecided: z.object({
    step,
    decision: z.enum(['retry', 'resolve', 'tell']),
    result: toolResultSchema.optional(),
    reason: z.string().optional(),
  }),
  /** An outcome that came too late: recorded, never rendered. */
  OutcomeSuperseded: z.object({ step, attempt, claim, outcome: supersededOutcomeSchema }),

  /** `sessionId` is the engine's own name of the session, never the server's. */
  McpSessionOpened: z.object({ server: z.string(), sessionId: z.string().optional() }),
  McpSessionLost: z.object({ server: z.string(), cause: z.string(), sessionId: z.string().optional() }),
  /** The server works on the call as a task of its own: whoever holds the next attempt goes on with it instead of calling again. */
  ToolTaskStarted: z.object({ step, attempt, claim, taskId: z.string() }),
  /**
   * The server settles the attempt with questions, and wants the call sent again with the answers: to any worker, whenever they
   * are there. `requestState` is the server's own; it goes back as it came.
   */
  ToolInputRequired: z.object({
    step,
    attempt,
    claim,
    requests: z.array(z.object({ key: z.string(), ...questionSchema.shape })),
    requestState: z.string().optional(),
  }),
  /** `claim`: a worker holds the call open until the answer. Without it, no worker waits. */
  ElicitationRequested: z.object({
    step,
    ...questionSchema.shape,
    attempt: attempt.optional(),
    claim: claim.optional(),
    /** Names the question within the conversation. */
    elicitation: z.string().optional(),
    digest: z.string().optional(),
  }),
  ElicitationAnswered: z.object({ step, ...elicitedSchema.shape, elicitation: z.string().optional() }),
  /** Nobody can answer the question any longer. */
  ElicitationVoided: z.object({
    step,
    elicitation: z.string(),
    /** `expired`: nobody answered in time. `withdrawn`: the server no longer asks. */
    cause: z.enum(['expired', 'withdrawn', 'call_ended', 'worker_lost']),
  }),

  FeedbackGiven: z.object({
    turn: turn.optional(),
    step: step.optional(),
    rating: z.union([z.literal(-1), z.literal(0), z.literal(1)]).optional(),
    tags: z.array(z.string()).optional(),
    comment: z.string().optional(),
    correction: z.string().optional(),
    /** What it was worth, on the grader's own scale. */
    reward: z.number().optional(),
    /** Who judged, where it was no person. Of one grader the last reward counts. */
    grader: z.string().optional(),
  }),
  /** Contents are gone; versions and this tombstone stay. Every version before it becomes such a tombstone too. */
  /** `forks`: they were to go too; else they keep what they share. */
  ConversationErased: z.object({ reason: z.string().optional(), forks: z.literal('erase').optional() }),
} as const;

export type EventType = keyof typeof shapes;
export type EventOf<T extends EventType> = { readonly type: T; readonly data: z.infer<(typeof shapes)[T]> };
/** Every fact a conversation can hold. */
export type ConversationEvent = { [T in EventType]: EventOf<T> }[EventType];

export const eventTypes = Object.keys(shapes) as readonly EventType[];
export const eventSchemas: { readonly [T in EventType]: z.ZodType<EventOf<T>['data']> } = shapes;

/** The schema version with which events are written. Older ones are upcast on reading. */
export const currentSchemaVersion = 1;

/** Checks an event before it is stored and brings it into its stored form. Throws a ZodError on a bug of ours. */
export const toStoredForm = (event: ConversationEvent): ConversationEvent =>
  ({ type: event.type, data: JSON.parse(JSON.stringify(eventSchemas[event.type].parse(event.data))) }) as ConversationEvent;
