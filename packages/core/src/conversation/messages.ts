// What is said in a conversation, in the shapes the log stores. Raw wire values are kept
// (tool arguments as the text the model sent); parsing and normalising are projections.

import { z } from 'zod';

/** A call the model asked for. `id` is the engine's own, derived from the step; `providerId` is what the server sent. */
export const toolCallSchema = z.object({
  id: z.string(),
  providerId: z.string().optional(),
  name: z.string(),
  /** Raw text as the model sent it: may be empty, malformed or encoded twice. */
  arguments: z.string(),
});
export type ToolCall = z.infer<typeof toolCallSchema>;

export const assistantMessageSchema = z.object({
  /** Raw content: null, "" and text are three different answers on the wire. */
  content: z.string().nullable(),
  reasoning: z.string().optional(),
  /** The wire field the reasoning came in, or `think` where it stood in the content. */
  reasoningField: z.enum(['reasoning_content', 'reasoning', 'thinking', 'think']).optional(),
  toolCalls: z.array(toolCallSchema),
});
export type AssistantMessage = z.infer<typeof assistantMessageSchema>;

/** Tokens as the server counted them; absent where it did not say. */
export const usageSchema = z.object({
  promptTokens: z.number().int().nonnegative(),
  completionTokens: z.number().int().nonnegative(),
  reasoningTokens: z.number().int().nonnegative().optional(),
  cachedTokens: z.number().int().nonnegative().optional(),
});
export type Usage = z.infer<typeof usageSchema>;

/**
 * What was sampled, where the server tells it: for training on exactly those tokens. The ids of the prompt are not kept:
 * each step would write the whole conversation again.
 */
export const answerTokensSchema = z.object({
  ids: z.array(z.number().int()).optional(),
  /** One entry a token, as the server sent it. */
  logprobs: z.array(z.looseObject({ token: z.string(), logprob: z.number() })).optional(),
});
export type AnswerTokens = z.infer<typeof answerTokensSchema>;

/** One MCP content block, kept whole whatever its kind (text, image, audio, resource, resource_link …). */
export const contentBlockSchema = z.looseObject({ type: z.string() });
export type ContentBlock = z.infer<typeof contentBlockSchema>;

/** What an MCP server answered. `isError: true` is a result the model reads, not a failure. */
export const toolResultSchema = z.object({
  content: z.array(contentBlockSchema),
  structuredContent: z.unknown().optional(),
  isError: z.boolean(),
});
export type ToolResult = z.infer<typeof toolResultSchema>;
