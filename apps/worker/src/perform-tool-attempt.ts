// One try at a tool call: start, call, record. Between a start and its outcome the call may have happened.

import {
  assertNever,
  effectIdOf,
  findStep,
  findTool,
  parseArguments,
  type Step,
  type Tool,
  type ToolResult,
  type ToolStep,
} from '@turnlog/core';
import { createElicit } from './elicit.ts';
import type { ToolSchemas } from './mcp/tool-schemas.ts';
import type { Attempt } from './perform-attempt.ts';
import type { ToolCallRequest, ToolOutcome } from './ports/tool-host.ts';
import { refusedArguments } from './refused-arguments.ts';
import { sayFailure } from './say-failure.ts';
import { takeSeat } from './sessions/take-seat.ts';
import type { WorkerDependencies } from './worker-dependencies.ts';

export const performToolAttempt = async (dependencies: WorkerDependencies, attempt: Attempt, call: ToolStep): Promise<void> => {
  const { conversationId } = attempt.job;
  const parsed = parseArguments(call.arguments);
  if (!parsed.ok) throw new Error(`Step ${attempt.job.step} was scheduled with arguments that do not parse: ${parsed.message}`);
  if (!(await isStillAsApproved(dependencies, attempt))) return;
  const tool = findTool(await dependencies.engine.load(conversationId), call.name);
  if (await refusedArguments(dependencies, attempt, tool, parsed.value)) return;
  const seat = await takeSeat(dependencies, attempt, call.server);
  if (seat === undefined) return;
  const effectId = effectIdOf(conversationId, call.callId);
  const request: ToolCallRequest = {
    conversationId,
    server: call.server,
    tool: call.tool,
    arguments: parsed.value,
    effectId,
    ...seat.session,
    onProgress: publishProgress(dependencies, attempt),
    elicit: createElicit(dependencies, attempt),
    ...inputOf(attempt.step),
    ...taskOf(dependencies, attempt, tool),
  };
  const outcome = await callFrom(dependencies, attempt, request).finally(seat.leave);
  if (outcome === undefined) return;
  if ('failure' in outcome) sayFailure(dependencies, attempt, `the call of tool ${call.name}`, outcome.failure);
  await recordOutcome(dependencies, attempt, tool, outcome);
};

/** Listeners see it; the log does not hold it. */
const publishProgress = (
  { feed }: WorkerDependencies,
  { job: { conversationId, step, attempt } }: Attempt,
): NonNullable<ToolCallRequest['onProgress']> => {
  let seq = 0;
  return (progress) => {
    if (Object.keys(progress).length === 0) return;
    feed.publish({ type: 'delta', conversationId, delta: { step, attempt, seq, progress } });
    seq += 1;
  };
};

const inputOf = ({ input }: Step): Pick<ToolCallRequest, 'input'> => {
  if (input === undefined) return {};
  const { responses, requestState } = input;
  return { input: { responses, ...(requestState !== undefined && { requestState }) } };
};

/** Of the step, where an earlier attempt has begun one; else where the tool can be called so. */
const taskOf = (
  { engine }: WorkerDependencies,
  { job, claim, step: { task: resume }, record, letGo }: Attempt,
  tool: Tool | undefined,
): Pick<ToolCallRequest, 'task'> => {
  const { conversationId, step, attempt } = job;
  const support = tool?.taskSupport ?? (resume === undefined ? undefined : 'required');
  if (support === undefined) return {};
  return {
    task: {
      support,
      resume,
      started: async (taskId) => {
        await record({ type: 'RecordTaskStarted', step, attempt, claim, taskId });
        letGo();
      },
      isGivenUp: async (taskId) => findStep(await engine.load(conversationId, { fresh: true }), step)?.task !== taskId,
    },
  };
};

/** Undefined: the attempt was not still ours to start. */
const callFrom = async (
  { tools }: WorkerDependencies,
  { start, signal }: Attempt,
  request: ToolCallRequest,
): Promise<ToolOutcome | undefined> => ((await start({ effectId: request.effectId })) ? tools.call(request, signal) : undefined);

/**
 * A person may have agreed days ago to what a tool was then. What its server offers now is recorded before the call is
 * started: if the tool is another one, the engine asks again. A server that cannot be listed fails the call itself.
 */
const isStillAsApproved = async (
  { engine, tools }: WorkerDependencies,
  { job, step, record, signal }: Attempt,
): Promise<boolean> => {
  // A call that its server wants sent again was begun as the tool was then.
  if (step.approvedTool === undefined || step.input !== undefined) return true;
  const { servers } = await engine.load(job.conversationId);
  const listing = await tools.list(servers, signal);
  if (listing.type === 'failed') return true;
  const { state } = await record({ type: 'RecordTools', servers, tools: listing.tools, warnings: listing.warnings });
  return findStep(state, job.step)?.phase === 'due';
};

const recordOutcome = async (
  { schemas }: WorkerDependencies,
  { job, claim, record }: Attempt,
  tool: Tool | undefined,
  outcome: ToolOutcome,
): Promise<void> => {
  const { step, attempt } = job;
  const at = { step, attempt, claim };
  switch (outcome.type) {
    case 'returned':
      await record({ type: 'RecordToolResult', ...at, result: outcome.result, ...warningsOf(schemas, tool, outcome.result) });
      return;
    case 'input_required': {
      const { requests, requestState } = outcome;
      await record({ type: 'RecordInputRequired', ...at, requests, ...(requestState !== undefined && { requestState }) });
      return;
    }
    case 'not_sent':
    case 'unknown':
      await record({ type: 'RecordFailure', ...at, failure: outcome.failure, sent: outcome.type === 'unknown' });
      return;
    default:
      assertNever(outcome);
  }
};

const warningsOf = (
  schemas: ToolSchemas,
  tool: Tool | undefined,
  result: ToolResult,
): { readonly warnings?: readonly string[] } => {
  const fault = tool && schemas.resultFault(tool, result);
  return fault === undefined ? {} : { warnings: [fault] };
};
