// A call as a task of its server (2025 era): created once, asked for by its id until it has ended, by whoever holds the attempt.

import { setTimeout as delay } from 'node:timers/promises';
import { type Client, ProtocolError } from '@modelcontextprotocol/client';
import type { Progress } from '@turnlog/core';
import { z } from 'zod';
import type { TaskOfCall, ToolOutcome } from '../ports/tool-host.ts';
import { callFailure, replyStreamEnded } from './mcp-failure.ts';
import { errorResult, toolResult } from './tool-result.ts';

export interface TaskCall {
  readonly client: Client;
  /** Of the `tools/call` that creates the task. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly task: TaskOfCall;
  /** Told of every sign of life. */
  readonly heard: (progress: Progress) => void;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const createdSchema = z.looseObject({ task: z.looseObject({ taskId: z.string().min(1) }) });
const statusSchema = z.looseObject({
  status: z.string(),
  statusMessage: z.string().optional(),
  pollInterval: z.number().positive().optional(),
});
const anyResult = z.looseObject({});
const defaultPollMs = 1_000;
const cancelTimeoutMs = 1_000;
/** The longest that a timer can be set for: 24 days. */
const never = 2 ** 31 - 1;

/** A session that is gone on with does not say again what its server can do: a tool that cannot be called otherwise is believed. */
export function isTaskCall(client: Client, { support, resume }: TaskOfCall): boolean {
  if (client.getProtocolEra() === 'modern') return false;
  const capabilities = client.getServerCapabilities();
  if (resume !== undefined) return true;
  if (capabilities === undefined) return support === 'required';
  return z.looseObject({ requests: z.looseObject({ tools: z.looseObject({ call: z.unknown() }) }) }).safeParse(capabilities.tasks)
    .success;
}

export async function callAsTask(call: TaskCall): Promise<ToolOutcome> {
  const { client, params, task, heard, signal } = call;
  let taskId = task.resume;
  if (taskId === undefined) {
    const options = { timeout: never, onprogress: heard, signal };
    const raw = await client.request({ method: 'tools/call', params: { ...params, task: {} } }, anyResult, options);
    const created = createdSchema.safeParse(raw).data;
    // A server may answer at once.
    if (created === undefined) return { type: 'returned', result: toolResult(raw) };
    taskId = created.task.taskId;
    await task.started(taskId);
  }
  try {
    return await follow(call, taskId);
  } catch (error) {
    await cancelIfGivenUp(call, taskId);
    const { failure } = callFailure(error, signal.aborted);
    // Whatever has happened to the connection: the task was begun.
    return { type: 'unknown', failure };
  }
}

async function follow(call: TaskCall, taskId: string): Promise<ToolOutcome> {
  const { client, heard, signal } = call;
  try {
    await untilNot('working', call, taskId, signal);
  } catch (error) {
    if (!isAnswer(error)) throw error;
    const message = `The server no longer knows the task as which it worked on the call: ${error.message}`;
    return { type: 'unknown', failure: { kind: 'session_lost', message } };
  }
  const ended = new AbortController();
  // It waits for the end of the task, and brings what the server asks meanwhile: only its status tells that it lives.
  void untilNot(undefined, call, taskId, AbortSignal.any([signal, ended.signal])).catch(() => {});
  try {
    const options = { timeout: never, onprogress: heard, signal };
    const raw = await client.request({ method: 'tasks/result', params: { taskId } }, anyResult, options);
    return { type: 'returned', result: toolResult(raw) };
  } catch (error) {
    if (!isAnswer(error)) throw error;
    return { type: 'returned', result: errorResult(error.message) };
  } finally {
    ended.abort();
  }
}

const isAnswer = (error: unknown): error is ProtocolError => ProtocolError.isInstance(error) && error.data !== replyStreamEnded;

/** Asks for the status as often as the server wants; undefined: for as long as the signal lets it. */
async function untilNot(wanted: string | undefined, call: TaskCall, taskId: string, signal: AbortSignal): Promise<void> {
  const { client, heard, timeoutMs } = call;
  for (;;) {
    const options = { timeout: timeoutMs, signal };
    const {
      status,
      statusMessage,
      pollInterval = defaultPollMs,
    } = await client.request({ method: 'tasks/get', params: { taskId } }, statusSchema, options);
    heard(statusMessage === undefined ? {} : { message: statusMessage });
    if (wanted !== undefined && status !== wanted) return;
    await delay(Math.min(pollInterval, timeoutMs / 2), undefined, { signal });
  }
}

async function cancelIfGivenUp({ client, task, signal }: TaskCall, taskId: string): Promise<void> {
  if (!signal.aborted || !(await task.isGivenUp(taskId).catch(() => false))) return;
  await client.request({ method: 'tasks/cancel', params: { taskId } }, anyResult, { timeout: cancelTimeoutMs }).catch(() => {});
}
