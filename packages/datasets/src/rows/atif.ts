// A conversation as an agent's trajectory (ATIF): a step for whatever was said, and the results of calls in the step that
// called. Like a trace, it shows what happened, with what its server counted. Ids of tokens stay out: nobody finds a secret in them.

import { costOf, type Entry, type Recorded, traceMessage, type Usage } from '@turnlog/core';
import { argumentObject } from './argument-values.ts';
import type { JsonValue, Projection, Row } from './projection.ts';
import type { ReadFamily, ReadMember } from './read-family.ts';
import type { RecordedAnswer } from './recorded-answers.ts';
import { createRowList, modelOf, selectedOf } from './row-common.ts';
import { toolsOf } from './row-tools.ts';
import { shownEntries } from './shown-entries.ts';

export const projectAtif = (family: ReadFamily): Projection => {
  const list = createRowList();
  for (const member of selectedOf(family)) {
    const { id, state } = member;
    const entries = shownEntries(state);
    if (!entries.some(({ kind }) => kind === 'assistant')) list.exclude('error');
    else list.add({ id, conversation: id, fromVersion: 1, toVersion: state.version, row: trajectoryOf(member, entries) });
  }
  return list.projection();
};

const trajectoryOf = (member: ReadMember, entries: readonly Entry[]): Row => {
  const { id, state } = member;
  const answers = new Map(member.answers.map((answer) => [answer.version, answer]));
  const steps = stepsOf(entries);
  return {
    schema_version: 'ATIF-v1.7',
    session_id: id,
    agent: agentOf(member),
    steps: steps.map((step, index) => stepOf(step, index + 1, member, answers.get(step.said.version))),
    final_metrics: finalMetricsOf(steps, member, answers),
    extra: { version: state.version, created_at: state.createdAt },
  };
};

/** The software is the same for all rows of a build; what differs from log to log is the schema of its events. */
const agentOf = ({ state, events }: ReadMember): Row => {
  const tools = toolsOf(state);
  return {
    name: 'turnlog',
    version: `schema-${events.at(-1)?.schemaVersion ?? 1}`,
    ...(state.model && { model_name: state.model.model }),
    ...(tools.length > 0 && { tool_definitions: tools }),
  };
};

type Said = Exclude<Entry, { kind: 'tool' }>;
interface Step {
  readonly said: Said;
  readonly results: readonly Extract<Entry, { kind: 'tool' }>[];
}

/** The history has the results of a round after the answer that asked for them, and before anything else. */
const stepsOf = (entries: readonly Entry[]): readonly Step[] => {
  const steps: { readonly said: Said; readonly results: Extract<Entry, { kind: 'tool' }>[] }[] = [];
  for (const entry of entries) {
    if (entry.kind === 'tool') steps.at(-1)?.results.push(entry);
    else steps.push({ said: entry, results: [] });
  }
  return steps;
};

const stepOf = ({ said, results }: Step, number: number, member: ReadMember, answer: RecordedAnswer | undefined): Row => {
  const { events, inherited, state } = member;
  const recordedAt = events[said.version - 1]?.recordedAt;
  return {
    step_id: number,
    ...(recordedAt !== undefined && { timestamp: recordedAt }),
    source: said.kind === 'assistant' ? 'agent' : said.kind,
    ...(answer && modelName(answer, respondedAt(events, said.version))),
    ...saidBy(said, state.truncate),
    ...(results.length > 0 && {
      observation: {
        results: results.map((result) => ({
          source_call_id: result.callId,
          content: traceMessage(result, state.truncate).content,
        })),
      },
    }),
    ...(answer && metricsOf(spentOn(answer, member))),
    ...(said.version <= inherited && { is_copied_context: true }),
  };
};

/** The name that the server gave itself, else the one that was asked for. */
const modelName = (answer: RecordedAnswer, responded: ModelResponded | undefined): Row => {
  const name = responded?.data.reportedModel || modelOf(answer);
  return name === '' ? {} : { model_name: name };
};

const saidBy = (said: Said, truncate: number | undefined): Row => {
  const { content, reasoning_content, tool_calls } = traceMessage(said, truncate);
  return {
    message: content,
    ...(reasoning_content !== undefined && { reasoning_content }),
    ...(tool_calls && { tool_calls: tool_calls.map(({ id, function: { name, arguments: raw } }) => callOf(id, name, raw)) }),
  };
};

/** What no object can hold is kept as the text that it was: the format has no other place for it. */
const callOf = (id: string, name: string, raw: string): Row => {
  const held = argumentObject(raw);
  return {
    tool_call_id: id,
    function_name: name,
    arguments: held ?? {},
    ...(held === undefined && { extra: { raw_arguments: raw } }),
  };
};

type ModelResponded = Extract<Recorded, { type: 'ModelResponded' }>;

const respondedAt = (events: readonly Recorded[], version: number): ModelResponded | undefined => {
  const event = events[version - 1];
  return event?.type === 'ModelResponded' ? event : undefined;
};

interface Spent {
  readonly usage: Usage;
  /** In the currency of the model's price, which the log does not know: so it is no `cost_usd`. */
  readonly cost?: number;
}

/** Only what the server counted: an estimate is a guess of ours. */
const spentOn = ({ asked, version }: RecordedAnswer, { events }: ReadMember): Spent | undefined => {
  const usage = respondedAt(events, version)?.data.usage;
  const price = asked.model?.price;
  return usage && { usage, ...(price && { cost: costOf(usage, price) }) };
};

const metricsOf = (spent: Spent | undefined): Row => {
  if (spent === undefined) return {};
  const { usage, cost } = spent;
  const { promptTokens, completionTokens, cachedTokens, reasoningTokens } = usage;
  return {
    metrics: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      ...given('cached_tokens', cachedTokens),
      ...extraOf({ ...given('reasoning_tokens', reasoningTokens), ...given('cost', cost) }),
    },
  };
};

/** Sums of what the steps shown say; nothing of what none of them says. */
const finalMetricsOf = (steps: readonly Step[], member: ReadMember, answers: ReadonlyMap<number, RecordedAnswer>): Row => {
  const spent = steps.flatMap(({ said }) => {
    const answer = answers.get(said.version);
    return (answer && spentOn(answer, member)) ?? [];
  });
  const total = (name: string, of: (one: Spent) => number | undefined): Row => {
    const known = spent.flatMap((one) => of(one) ?? []);
    return known.length === 0 ? {} : { [name]: known.reduce((sum, value) => sum + value, 0) };
  };
  return {
    ...total('total_prompt_tokens', ({ usage }) => usage.promptTokens),
    ...total('total_completion_tokens', ({ usage }) => usage.completionTokens),
    ...total('total_cached_tokens', ({ usage }) => usage.cachedTokens),
    total_steps: steps.length,
    ...extraOf({
      ...total('total_reasoning_tokens', ({ usage }) => usage.reasoningTokens),
      ...total('total_cost', ({ cost }) => cost),
    }),
  };
};

const given = (name: string, value: JsonValue | undefined): Row => (value === undefined ? {} : { [name]: value });

const extraOf = (extra: Row): Row => (Object.keys(extra).length === 0 ? {} : { extra });
