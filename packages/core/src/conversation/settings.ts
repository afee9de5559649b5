// What a conversation was set up with. Resolved once from the operator's files and the request, then frozen
// in an event: a later change of a file never changes a recorded past.

import { z } from 'zod';

/** How a model server wants its requests. Built-in profiles are starting points; `config.json` may set each key. */
export const modelProfileSchema = z.strictObject({
  /** The field that sends earlier reasoning back, or `none`. */
  sendReasoning: z.enum(['none', 'reasoning_content', 'reasoning']).default('none'),
  /** Which earlier reasoning is sent: only that of the open turn, or all of it. */
  sendReasoningOf: z.enum(['turn', 'all']).default('turn'),
  /** What stands in `content` beside tool calls when the model wrote nothing. */
  emptyContent: z.enum(['empty', 'null']).default('empty'),
  /** Ask for usage in the stream; some servers refuse the option. */
  streamUsage: z.boolean().default(true),
  /** Split `<think>…</think>` out of the content. */
  splitThink: z.boolean().default(true),
  /** What a request with tools says as `parallel_tool_calls`; absent: it does not say it. */
  parallelToolCalls: z.boolean().optional(),
  /** Where earlier reasoning is sent, a message that has none says so with `""`: some servers answer 400 without the field. */
  requireReasoning: z.boolean().optional(),
  /** Kinds of a tool result's content that the model is sent; of others it reads a line that names them. */
  toolMedia: z.array(z.enum(['image', 'audio'])).optional(),
  /** Where they are sent: in a user message after the answers of the round, or in the tool message itself. */
  toolMediaIn: z.enum(['user', 'tool']).optional(),
  /** Writes local `$ref`s of a tool's schema in their place. */
  inlineRefs: z.boolean().optional(),
  /** Leaves `format` and `pattern` out of a tool's schema. */
  dropFormats: z.boolean().optional(),
});
export type ModelProfile = z.infer<typeof modelProfileSchema>;

/** Money per million tokens, in whatever currency the operator counts in. */
export const modelPriceSchema = z.object({
  input: z.number().nonnegative(),
  output: z.number().nonnegative(),
  /** Of prompt tokens that the server had in its cache; `input` if absent. */
  cachedInput: z.number().nonnegative().optional(),
});
export type ModelPrice = z.infer<typeof modelPriceSchema>;

/** The resolved model: everything that shapes a request except where it is sent and with which key. */
export const modelSettingsSchema = z.object({
  /** The name in `config.json`, or the model's own name where it was given directly. */
  name: z.string(),
  /** What goes into the request's `model` field. */
  model: z.string(),
  /** Passed through untouched (`temperature`, `extra_body` keys …). */
  params: z.record(z.string(), z.unknown()),
  profile: modelProfileSchema,
  /** Absent: its calls count as free, and cost limits do not hold for it. */
  price: modelPriceSchema.optional(),
});
export type ModelSettings = z.infer<typeof modelSettingsSchema>;

export const approvalPolicySchema = z.enum(['auto', 'ask', 'never', 'ask-if-destructive']);
export type ApprovalPolicy = z.infer<typeof approvalPolicySchema>;

/** One policy for every tool, or one by tool name (as the model sees it). */
export const approvalSchema = z.union([approvalPolicySchema, z.record(z.string(), approvalPolicySchema)]);
export type Approval = z.infer<typeof approvalSchema>;

export const unknownOutcomePolicySchema = z.enum(['ask', 'tell', 'retry']);
export type UnknownOutcomePolicy = z.infer<typeof unknownOutcomePolicySchema>;

/** Limits pause a turn, they never fail it. */
export const limitsSchema = z.strictObject({
  /** Model and tool calls in one turn. */
  maxSteps: z.number().int().positive().optional(),
  /** Model and tool calls in the whole conversation. */
  maxConversationSteps: z.number().int().positive().optional(),
  /** Milliseconds of one turn in which an attempt was open; waiting for people is not counted. */
  maxWallMs: z.number().int().positive().optional(),
  /** The same of the whole conversation. */
  maxConversationWallMs: z.number().int().positive().optional(),
  /** Prompt and completion tokens of one turn. */
  maxTokens: z.number().int().positive().optional(),
  /** Prompt and completion tokens of the whole conversation. */
  maxConversationTokens: z.number().int().positive().optional(),
  /** Money of one turn, in the currency of the models' prices. */
  maxCost: z.number().positive().optional(),
  /** Money of the whole conversation. */
  maxConversationCost: z.number().positive().optional(),
  /** Same tool, same arguments, same result, this many times in a row; of several calls at once, the whole round. */
  maxIdenticalCalls: z.number().int().min(2).optional(),
});
export type Limits = z.infer<typeof limitsSchema>;

export const defaultLimits = { maxSteps: 50, maxWallMs: 3_600_000, maxIdenticalCalls: 3 } as const satisfies Limits;

/** A tool as it was listed, with the operator's policy for it at that moment. */
export const toolSchema = z.object({
  /** The name the model sees: at most 64 characters of `[a-zA-Z0-9_-]`, unique in the snapshot. */
  name: z.string(),
  server: z.string(),
  /** The tool's own name on its server. */
  tool: z.string(),
  description: z.string().optional(),
  /** JSON Schema as the server sent it. */
  inputSchema: z.record(z.string(), z.unknown()),
  outputSchema: z.record(z.string(), z.unknown()).optional(),
  annotations: z
    .looseObject({
      readOnlyHint: z.boolean().optional(),
      destructiveHint: z.boolean().optional(),
      idempotentHint: z.boolean().optional(),
      openWorldHint: z.boolean().optional(),
    })
    .optional(),
  /** Whether its server can, or must, be asked to work on a call as a task. */
  taskSupport: z.enum(['optional', 'required']).optional(),
  /** Whether the operator trusts the server's annotations. */
  trusted: z.boolean(),
  approval: approvalPolicySchema.optional(),
  /** What the operator said; absent means that trusted annotations may decide, and else a person. */
  onUnknownOutcome: unknownOutcomePolicySchema.optional(),
  /** sha256 over server, tool, description, schemas and annotations: a changed tool has another digest. */
  digest: z.string(),
});
export type Tool = z.infer<typeof toolSchema>;
