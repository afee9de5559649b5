// What rows of each format must be: for whoever reads them, and for checking what is written. Nothing else stands in a row.

import { z } from 'zod';
import type { Format, RowOptions } from './projection.ts';

type Compat = Pick<RowOptions, 'compat'>;

const common = {
  id: z.string().min(1),
  conversation: z.string().min(1),
  turn: z.number().int().nonnegative(),
  model: z.string(),
  timestamp: z.iso.datetime({ precision: 3 }),
  tags: z.array(z.string()),
};

/** Finds a null wherever it stands: templates print it, and Arrow's own fills look the same. */
const withoutNulls = (value: unknown, context: z.RefinementCtx, path: readonly (string | number)[] = []): void => {
  if (value === null) context.addIssue({ code: 'custom', message: 'is null', path: [...path] });
  if (typeof value !== 'object' || value === null) return;
  for (const [key, nested] of Object.entries(value))
    withoutNulls(nested, context, [...path, Array.isArray(value) ? Number(key) : key]);
};

const jsonText = z.string().superRefine((text, context) => {
  try {
    JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON' });
  }
});

export const toolSchema = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({
    name: z.string().min(1),
    description: z.string().optional(),
    parameters: z.record(z.string(), z.unknown()).superRefine((value, context) => withoutNulls(value, context)),
  }),
});

const toolsOf = ({ compat }: Compat) => (compat === 'strings' ? jsonText : z.array(toolSchema));

const assistantOf = (rowArguments: z.ZodType) =>
  z.strictObject({
    role: z.literal('assistant'),
    content: z.string(),
    reasoning_content: z.string().optional(),
    tool_calls: z
      .array(
        z.strictObject({
          id: z.string().min(1),
          type: z.literal('function'),
          function: z.strictObject({ name: z.string(), arguments: rowArguments }),
        }),
      )
      .min(1)
      .optional(),
  });

const messageOf = (assistant: z.ZodObject) =>
  z.discriminatedUnion('role', [
    z.strictObject({ role: z.literal('system'), content: z.string() }),
    z.strictObject({ role: z.literal('user'), content: z.string() }),
    assistant as ReturnType<typeof assistantOf>,
    z.strictObject({ role: z.literal('tool'), content: z.string(), tool_call_id: z.string().min(1), name: z.string() }),
  ]);

const sent = messageOf(assistantOf(z.string()));
const traceSchema = z.strictObject({
  timestamp: z.string().regex(/^\d{8}_\d{6}$/),
  model: z.string(),
  messages: z.array(sent).min(1),
  tools: z.array(z.unknown()),
  turnlog: z.strictObject({ conversation: z.string().min(1), version: z.number().int().positive(), schema: z.literal(1) }),
});

const openaiSchema = z.strictObject({
  messages: z
    .array(
      z.discriminatedUnion('role', [
        z.strictObject({ role: z.literal('system'), content: z.string() }),
        z.strictObject({ role: z.literal('user'), content: z.string() }),
        assistantOf(z.string())
          .omit({ reasoning_content: true })
          .extend({ weight: z.literal([0, 1]) })
          .strict(),
        z.strictObject({ role: z.literal('tool'), content: z.string(), tool_call_id: z.string().min(1) }),
      ]),
    )
    .min(2)
    .refine((messages) => messages.at(-1)?.role === 'assistant', 'does not end with an assistant message')
    .refine((messages) => messages.some((message) => 'weight' in message && message.weight === 1), 'trains no message'),
  tools: z.array(toolSchema).min(1).optional(),
  parallel_tool_calls: z.boolean().optional(),
});

const fromPerson = z.enum(['human', 'observation']);
const fromModel = z.enum(['gpt', 'function_call']);
const sharegptSchema = z.strictObject({
  ...common,
  conversations: z
    .array(z.strictObject({ from: z.union([fromPerson, fromModel]), value: z.string() }))
    .min(2)
    .superRefine((said, context) => {
      for (const [index, { from }] of said.entries())
        if (!(index % 2 === 0 ? fromPerson : fromModel).safeParse(from).success)
          context.addIssue({ code: 'custom', message: `is not the turn of ${from}`, path: [index, 'from'] });
      if (said.length % 2 === 1) context.addIssue({ code: 'custom', message: 'does not end with the model' });
    }),
  system: z.string(),
  tools: z.union([z.literal(''), jsonText]),
});

const stsSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('session'), harness: z.string().min(1), id: z.string().min(1), name: z.string().optional() }),
  z.strictObject({
    type: z.literal('message'),
    message: z.strictObject({
      role: z.enum(['system', 'user', 'assistant', 'tool']),
      content: z.string(),
      reasoningContent: z.string().optional(),
      toolCalls: z
        .array(z.strictObject({ id: z.string().min(1), function: z.strictObject({ name: z.string(), arguments: z.string() }) }))
        .min(1)
        .optional(),
      toolCallId: z.string().optional(),
      timestamp: z.number().int().optional(),
      model: z.string().optional(),
    }),
  }),
]);

/** Of what Harbor's ATIF v1.7 allows, what we write: agent steps alone have what only an agent can say. */
const tokens = z.number().int().nonnegative();
const extra = z.record(z.string(), z.unknown()).optional();
const atifStep = {
  step_id: z.number().int().positive(),
  timestamp: z.iso.datetime({ precision: 3 }).optional(),
  message: z.string(),
  is_copied_context: z.literal(true).optional(),
};
const atifAgentStep = z
  .strictObject({
    ...atifStep,
    source: z.literal('agent'),
    model_name: z.string().min(1).optional(),
    reasoning_content: z.string().optional(),
    tool_calls: z
      .array(
        z.strictObject({
          tool_call_id: z.string().min(1),
          function_name: z.string(),
          arguments: z.record(z.string(), z.unknown()),
          extra,
        }),
      )
      .min(1)
      .optional(),
    observation: z
      .strictObject({ results: z.array(z.strictObject({ source_call_id: z.string().min(1), content: z.string() })).min(1) })
      .optional(),
    metrics: z
      .strictObject({ prompt_tokens: tokens, completion_tokens: tokens, cached_tokens: tokens.optional(), extra })
      .optional(),
  })
  .superRefine(({ tool_calls = [], observation }, context) => {
    const ids = tool_calls.map(({ tool_call_id }) => tool_call_id);
    for (const [index, { source_call_id }] of (observation?.results ?? []).entries())
      if (!ids.includes(source_call_id))
        context.addIssue({
          code: 'custom',
          message: 'is no call of this step',
          path: ['observation', 'results', index, 'source_call_id'],
        });
  });
const atifSchema = z.strictObject({
  schema_version: z.literal('ATIF-v1.7'),
  session_id: z.string().min(1),
  agent: z.strictObject({
    name: z.string().min(1),
    version: z.string().min(1),
    model_name: z.string().optional(),
    tool_definitions: z.array(toolSchema).min(1).optional(),
  }),
  steps: z
    .array(
      z.discriminatedUnion('source', [
        z.strictObject({ ...atifStep, source: z.literal('system') }),
        z.strictObject({ ...atifStep, source: z.literal('user') }),
        atifAgentStep,
      ]),
    )
    .min(1)
    .superRefine((steps, context) => {
      for (const [index, { step_id }] of steps.entries())
        if (step_id !== index + 1) context.addIssue({ code: 'custom', message: `is not ${index + 1}`, path: [index, 'step_id'] });
    }),
  final_metrics: z.strictObject({
    total_prompt_tokens: tokens.optional(),
    total_completion_tokens: tokens.optional(),
    total_cached_tokens: tokens.optional(),
    total_steps: z.number().int().positive(),
    extra,
  }),
  extra: z.strictObject({ version: z.number().int().positive(), created_at: z.iso.datetime({ precision: 3 }) }),
});

const schemas = (options: Compat): { readonly [F in Format]: z.ZodType } => {
  const assistant = assistantOf(options.compat === 'strings' ? jsonText : z.record(z.string(), z.unknown()));
  const message = messageOf(assistant);
  const tools = toolsOf(options);
  const prompt = z.array(message).min(1);
  const one = z.array(assistant).length(1);
  return {
    trace: traceSchema,
    openai: openaiSchema,
    sharegpt: sharegptSchema,
    sts: stsSchema,
    atif: atifSchema,
    hf: z.strictObject({ ...common, messages: prompt, tools }),
    sft: z.strictObject({
      ...common,
      prompt,
      completion: one,
      tools,
      chat_template_kwargs: z.strictObject({ enable_thinking: z.boolean() }),
    }),
    dpo: z.strictObject({ ...common, prompt, chosen: one, rejected: one, tools }),
    kto: z.strictObject({ ...common, prompt, completion: one, label: z.boolean(), tools }),
    rl: z.strictObject({
      ...common,
      prompt,
      tools,
      group: z.string().regex(/^[0-9a-f]{64}$/),
      completion: prompt,
      reward: z.number().optional(),
    }),
  };
};

const known = { objects: schemas({}), strings: schemas({ compat: 'strings' }) };

/** The schema of one row: of `sts`, of one line. */
export const schemaOf = (format: Format, { compat }: Compat = {}): z.ZodType => known[compat ?? 'objects'][format];

/** What is wrong with a row, each fault with the path of its field; empty if nothing is. The caller names the row. */
export const validateRow = (format: Format, row: unknown, options: Compat = {}): readonly string[] => {
  const result = schemaOf(format, options).safeParse(row);
  return result.success ? [] : result.error.issues.flatMap((issue) => faultsIn(issue, []));
};

/** Of a message, the faults of its fields, not that no kind of message fits. */
const faultsIn = (issue: z.core.$ZodIssue, before: readonly PropertyKey[]): readonly string[] => {
  const path = [...before, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${[...path, key].join('.')}: is not known`);
  return [`${path.join('.') || 'row'}: ${issue.message}`];
};
