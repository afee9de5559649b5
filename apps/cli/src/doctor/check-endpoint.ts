// Examines one endpoint, question by question: what works, what is lost, and the profile that gets the most out of it.

import type { ModelProfile, ReceivedMessage } from '@turnlog/core';
import type { ModelOutcome } from '@turnlog/worker';
import { type Check, failed, ok, skipped, warning } from './check.ts';
import type { Asked, Probe } from './endpoint-probe.ts';
import { afterCalls, greeting, longPrompt, longPromptTokens, marker, oneCall, twoCalls } from './prompts.ts';
import { contextFlags, reasoningFlags, toolFlags } from './server-flags.ts';

export interface Examined {
  /** Absent where no model could be asked. */
  readonly model?: string;
  readonly isUsable: boolean;
  readonly checks: readonly Check[];
  /** The keys that differ from what a plain endpoint gets. */
  readonly profile: Partial<ModelProfile>;
}

export interface ExamineOptions {
  readonly probe: Probe;
  /** Absent: the first of the endpoint's list. */
  readonly model?: string | undefined;
  readonly baseUrl: string;
  readonly onCheck: (check: Check) => void;
}

export const examine = async ({ probe, model: named, baseUrl, onCheck }: ExamineOptions): Promise<Examined> => {
  const checks: Check[] = [];
  const say = (check: Check): Check => {
    checks.push(check);
    onCheck(check);
    return check;
  };
  const listed = await probe.models();
  const model = named ?? ('ids' in listed ? listed.ids[0] : undefined);
  say(modelsCheck(listed, named, baseUrl));
  if (model === undefined) return { isUsable: false, checks, profile: {} };
  const ask = (body: object) => probe.ask(model, body);

  const whole = await ask({ ...greeting, stream: false });
  say(completionCheck(whole, model));
  const streamed = await askStreaming(ask);
  say(streamingCheck(streamed.asked));
  if (streamed.asked.outcome.type === 'failed') {
    for (const name of ['usage', 'tool calls', 'parallel calls', 'tool results', 'reasoning', 'context'])
      say(skipped(name, 'the endpoint does not stream'));
    return { model, isUsable: false, checks, profile: {} };
  }
  say(usageCheck(streamed.asked.outcome, streamed.takesUsageOption));
  const stream = { stream: true, ...(streamed.takesUsageOption && { stream_options: { include_usage: true } }) };
  const one = await ask({ ...oneCall, ...stream });
  const tools = say(toolsCheck(one.outcome, model));
  const two = await ask({ ...twoCalls, ...stream });
  say(tools.verdict === 'failed' ? skipped('parallel calls', 'tool calls do not work') : parallelCheck(two.outcome));
  const answers = [whole, streamed.asked, one, two].map(({ outcome }) => outcome);
  const reasoningField = fieldOf(answers);
  const back = await goOn(ask, two.outcome, reasoningField, stream);
  say(back.check);
  say(reasoningCheck(answers, reasoningField, model));
  say(contextCheck((await ask({ ...longPrompt, ...stream })).outcome));
  return {
    model,
    isUsable: tools.verdict !== 'failed' && whole.outcome.type === 'responded',
    checks,
    profile: {
      ...(back.sendReasoning !== undefined && { sendReasoning: back.sendReasoning }),
      ...(back.emptyContent !== undefined && { emptyContent: back.emptyContent }),
      ...(back.requireReasoning && { requireReasoning: true }),
      ...(!streamed.takesUsageOption && { streamUsage: false }),
      splitThink: reasoningField === 'think',
    },
  };
};

type Ask = (body: object) => Promise<Asked>;
type Responded = Extract<ModelOutcome, { type: 'responded' }>;

const shorten = (text: string, length = 160): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
};

const modelsCheck = (listed: Awaited<ReturnType<Probe['models']>>, named: string | undefined, baseUrl: string): Check => {
  if ('ids' in listed) {
    const found = listed.ids.length === 0 ? 'the list is empty' : listed.ids.join(', ');
    if (named === undefined && listed.ids.length === 0) return failed('models', found, 'Name the model: --model <name>');
    if (named !== undefined && !listed.ids.includes(named))
      return warning('models', found, `${JSON.stringify(named)} is not in the list.`);
    return ok('models', found);
  }
  const hints = [
    ...(listed.status === 401 || listed.status === 403 ? ['Give its key: --api-key <key>, or set OPENAI_API_KEY'] : []),
    ...(/\/v\d+$/.test(baseUrl) ? [] : [`Base URLs mostly end in the version: ${baseUrl}/v1`]),
    ...(named === undefined && listed.status !== undefined ? ['Name the model to go on without a list: --model <name>'] : []),
  ];
  return named === undefined ? failed('models', listed.problem, ...hints) : warning('models', listed.problem, ...hints);
};

const completionCheck = ({ outcome, totalMs }: Asked, model: string): Check => {
  if (outcome.type === 'failed') return failed('completion', outcome.failure.message);
  const { content, reasoning } = outcome.message;
  if (reasoning !== undefined && !content?.trim())
    return warning(
      'completion',
      `only reasoning: "${shorten(reasoning, 80)}"`,
      'A conversation takes such an answer for a failed attempt: its parser may take the answer for reasoning.',
      ...reasoningFlags(model),
    );
  return ok('completion', `"${shorten(content ?? '')}" (${Math.round(totalMs)} ms)`);
};

/** Some servers refuse the option that asks for usage; an endpoint is asked again without it. */
const askStreaming = async (ask: Ask): Promise<{ readonly asked: Asked; readonly takesUsageOption: boolean }> => {
  const asked = await ask({ ...greeting, stream: true, stream_options: { include_usage: true } });
  const isRefused = asked.outcome.type === 'failed' && asked.outcome.failure.kind === 'invalid_request';
  if (!isRefused) return { asked, takesUsageOption: true };
  return { asked: await ask({ ...greeting, stream: true }), takesUsageOption: false };
};

const streamingCheck = ({ outcome, pieces, firstMs }: Asked): Check => {
  if (outcome.type === 'failed') return failed('streaming', outcome.failure.message);
  const found = `${pieces} piece${pieces === 1 ? '' : 's'}, the first after ${Math.round(firstMs)} ms`;
  const dropped = outcome.warnings ?? [];
  if (dropped.length > 0) return warning('streaming', `${found}; ${dropped.join('; ')}`);
  return pieces > 1 ? ok('streaming', found) : warning('streaming', `${found}: answers come whole`);
};

const usageCheck = ({ usage }: Responded, takesOption: boolean): Check => {
  if (usage !== undefined)
    return ok('usage', `${usage.promptTokens} prompt and ${usage.completionTokens} completion tokens, in the stream`);
  const found = takesOption ? 'none in the stream' : 'none: the endpoint refuses stream_options';
  return warning('usage', found, 'Token and cost limits cannot be held without it; limit steps instead.');
};

const needsToolFlags = (text: string): boolean => /auto.{0,3} tool choice requires|tool-call-parser|--jinja/i.test(text);
const callAsText = (text: string): boolean => /<tool_call>|<function=|\[TOOL_CALLS\]|<\|python_tag\|>|<\|tool_call/i.test(text);

const toolsCheck = (outcome: ModelOutcome, model: string): Check => {
  if (outcome.type === 'failed')
    return needsToolFlags(outcome.failure.message)
      ? failed('tool calls', shorten(outcome.failure.message), ...toolFlags(model))
      : failed('tool calls', outcome.failure.message);
  const { content, reasoning, toolCalls } = outcome.message;
  const [call] = toolCalls;
  if (call !== undefined)
    return isJsonObject(call.arguments)
      ? ok('tool calls', `${call.name} ${shorten(call.arguments, 60)}`)
      : warning('tool calls', `the arguments are no JSON object: ${shorten(call.arguments, 60)}`);
  const text = `${content ?? ''}${reasoning ?? ''}`;
  if (callAsText(text)) return failed('tool calls', `the call came as text: "${shorten(text, 80)}"`, ...toolFlags(model));
  return warning('tool calls', `the model called nothing: "${shorten(text, 80)}"`, 'Try again, or another model.');
};

const isJsonObject = (text: string): boolean => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};

const parallelCheck = (outcome: ModelOutcome): Check => {
  if (outcome.type === 'failed') return warning('parallel calls', outcome.failure.message);
  const { length } = outcome.message.toolCalls;
  return length >= 2
    ? ok('parallel calls', `${length} calls at once`)
    : warning('parallel calls', length === 1 ? 'one call at a time' : 'the model called nothing');
};

type ReasoningField = NonNullable<ReceivedMessage['reasoningField']>;

const messagesOf = (outcomes: readonly ModelOutcome[]): readonly ReceivedMessage[] =>
  outcomes.flatMap((outcome) => (outcome.type === 'responded' ? [outcome.message] : []));

const fieldOf = (outcomes: readonly ModelOutcome[]): ReasoningField | undefined =>
  messagesOf(outcomes).find(({ reasoningField }) => reasoningField !== undefined)?.reasoningField;

const reasoningCheck = (outcomes: readonly ModelOutcome[], field: ReasoningField | undefined, model: string): Check => {
  if (field === 'think') return warning('reasoning', 'inside the content, between <think> tags', ...reasoningFlags(model));
  if (field !== undefined) return ok('reasoning', `in the field ${field}`);
  const hasTag = messagesOf(outcomes).some(({ content }) => content?.includes('</think>'));
  if (hasTag) return warning('reasoning', 'inside the content, before </think>', ...reasoningFlags(model));
  return ok('reasoning', 'none is returned');
};

interface WentOn {
  readonly check: Check;
  readonly sendReasoning?: 'none' | 'reasoning' | 'reasoning_content';
  readonly emptyContent?: 'empty' | 'null';
  readonly requireReasoning?: true;
}

/** Sends the calls back with their results, at first with the reasoning in the field it came in, then in ever plainer forms. */
const goOn = async (ask: Ask, outcome: ModelOutcome, field: ReasoningField | undefined, stream: object): Promise<WentOn> => {
  if (outcome.type === 'failed' || outcome.message.toolCalls.length === 0)
    return { check: skipped('tool results', 'no call to answer') };
  const { message } = outcome;
  const wireField = field === 'reasoning' || field === 'reasoning_content' ? field : undefined;
  const forms = [
    ...(wireField === undefined ? [] : [{ sendReasoning: wireField, emptyContent: 'empty' } as const]),
    { sendReasoning: 'none', emptyContent: 'empty' } as const,
    { sendReasoning: 'none', emptyContent: 'null' } as const,
    // DeepSeek wants the field of a message that had none.
    { sendReasoning: 'reasoning_content', emptyContent: 'empty', requireReasoning: true } as const,
  ];
  let problem = '';
  for (const form of forms) {
    const { outcome: after } = await ask({ ...afterCalls(...sentBack(message, form)), ...stream });
    if (after.type === 'responded') {
      const said = `accepted${form.sendReasoning === 'none' ? '' : `, with ${form.sendReasoning} sent back`}`;
      return { check: ok('tool results', `${said}: "${shorten(after.message.content ?? '', 60)}"`), ...form };
    }
    problem = after.failure.message;
  }
  return { check: failed('tool results', shorten(problem)) };
};

interface SentForm {
  readonly sendReasoning: string;
  readonly emptyContent: 'empty' | 'null';
  readonly requireReasoning?: true;
}

const sentBack = (
  { content, reasoning, toolCalls }: ReceivedMessage,
  { sendReasoning, emptyContent, requireReasoning }: SentForm,
): readonly [object, readonly string[]] => {
  const calls = toolCalls.map(({ name, arguments: raw }, index) => ({
    id: `call_1_${index + 1}`,
    type: 'function',
    function: { name, arguments: raw || '{}' },
  }));
  const message = {
    role: 'assistant',
    content: content || (emptyContent === 'null' ? null : ''),
    ...(sendReasoning !== 'none' && (reasoning !== undefined || requireReasoning) && { [sendReasoning]: reasoning ?? '' }),
    tool_calls: calls,
  };
  return [message, calls.map(({ id }) => id)];
};

/** Filler has 12 tokens a line; tokenizers differ by less than this. */
const fewestTokens = longPromptTokens * 0.7;

const contextCheck = (outcome: ModelOutcome): Check => {
  if (outcome.type === 'failed')
    return outcome.failure.kind === 'context_overflow'
      ? warning('context', `shorter than ${longPromptTokens} tokens: ${shorten(outcome.failure.message, 90)}`, ...contextFlags)
      : warning('context', outcome.failure.message);
  const { message, usage } = outcome;
  const remembers = `${message.content ?? ''}${message.reasoning ?? ''}`.includes(marker);
  const counted = usage === undefined ? '' : `, ${usage.promptTokens} prompt tokens counted`;
  if (usage !== undefined && usage.promptTokens < fewestTokens)
    return warning(
      'context',
      `the prompt was cut silently to ${usage.promptTokens} tokens of about ${longPromptTokens}`,
      ...contextFlags,
    );
  if (!remembers)
    return warning(
      'context',
      `the first line of a prompt of about ${longPromptTokens} tokens was not found again${counted}`,
      ...(usage === undefined ? contextFlags : []),
    );
  return ok('context', `the first line of about ${longPromptTokens} tokens was found again${counted}`);
};
