// One try at a model call: list tools if the conversation has none yet, render, start, call, record.

import { type ConversationState, type Delta, rendererVersion, toModelRequest } from '@turnlog/core';
import type { Attempt } from './perform-attempt.ts';
import type { ModelDelta, ModelOutcome } from './ports/model-client.ts';
import { sayFailure } from './say-failure.ts';
import type { WorkerDependencies } from './worker-dependencies.ts';

export const performModelAttempt = async (
  dependencies: WorkerDependencies,
  attempt: Attempt,
  loaded: ConversationState,
): Promise<void> => {
  const state = await withTools(dependencies, attempt, loaded);
  const body = state && toModelRequest(state);
  if (state?.model === undefined || body === undefined) return;
  const request = { sha256: dependencies.sha256(body), renderer: rendererVersion, toolsVersion: state.tools?.version ?? 0 };
  if (!(await attempt.start({ request }))) return;
  const { name, profile } = state.model;
  const outcome = await dependencies.models.call(
    { model: name, body, splitThink: profile.splitThink },
    attempt.signal,
    publishTo(dependencies, attempt),
  );
  if (outcome.type === 'failed') sayFailure(dependencies, attempt, `the call of model ${name}`, outcome.failure);
  await recordOutcome(attempt, outcome);
};

/**
 * The state with its tools known. They are listed before the first model call of a turn and frozen as an event; a
 * conversation that has a snapshot keeps it when its servers cannot be reached.
 */
const withTools = async (
  { tools, log }: WorkerDependencies,
  { job, step, record, signal }: Attempt,
  state: ConversationState,
): Promise<ConversationState | undefined> => {
  const isFirstOfTurn = state.turn?.answer === 'none' && step.attempt === 1;
  if (state.replay?.mode === 'cassette') return state;
  if (state.servers.length === 0 || (state.tools !== undefined && !isFirstOfTurn)) return state;
  const listing = await tools.list(state.servers, signal);
  if (listing.type === 'listed') {
    const recorded = await record({
      type: 'RecordTools',
      servers: state.servers,
      tools: listing.tools,
      warnings: listing.warnings,
    });
    return recorded.state;
  }
  log.warn({ conversationId: job.conversationId, server: listing.server, failure: listing.failure }, 'tools cannot be listed');
  if (state.tools !== undefined) return state;
  const message = `The tools of ${listing.server} cannot be listed: ${listing.failure.message}`;
  await record({ type: 'AbandonAttempt', step: job.step, attempt: job.attempt, failure: { ...listing.failure, message } });
  return undefined;
};

const publishTo = ({ feed }: WorkerDependencies, { job }: Attempt): ((delta: ModelDelta) => void) => {
  const { conversationId, step, attempt } = job;
  let seq = 0;
  return (piece) => {
    const delta: Delta = { step, attempt, seq, ...piece };
    seq += 1;
    feed.publish({ type: 'delta', conversationId, delta });
  };
};

const recordOutcome = async ({ job, claim, record }: Attempt, outcome: ModelOutcome): Promise<void> => {
  const { step, attempt } = job;
  if (outcome.type === 'responded') {
    const { type: _, ...answer } = outcome;
    await record({ type: 'RecordModelAnswer', step, attempt, claim, answer });
    return;
  }
  const { type: _, ...failed } = outcome;
  await record({ type: 'RecordFailure', step, attempt, claim, sent: true, ...failed });
};
