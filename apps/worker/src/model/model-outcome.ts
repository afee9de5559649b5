// Decides how an attempt ended, from what arrived and what went wrong.

import type { ModelOutcome } from '../ports/model-client.ts';
import type { Accumulated } from './accumulate.ts';
import { type FailureContext, type ModelProblem, modelFailure } from './model-failure.ts';

export function outcomeOf(problem: ModelProblem | undefined, answer: Accumulated, context: FailureContext): ModelOutcome {
  const { message, isEmpty, finishReason, usage, reportedModel, responseId } = answer;
  if (finishReason === undefined || (problem !== undefined && !isHarmlessAtEnd(problem))) {
    const failure = modelFailure(problem ?? noFinishReason, context);
    return { type: 'failed', failure, ...(!isEmpty && { partial: message }) };
  }
  const warnings = [...answer.warnings, ...(problem === undefined ? [] : [modelFailure(problem, context).message])];
  return {
    type: 'responded',
    message,
    finishReason,
    usage,
    reportedModel,
    responseId,
    ...(warnings.length > 0 && { warnings }),
  };
}

export function notConfigured(detail: string): ModelOutcome {
  const context = { nowMs: 0, host: '', redact: (text: string) => text };
  return { type: 'failed', failure: modelFailure({ type: 'not_configured', detail }, context) };
}

const noFinishReason: ModelProblem = { type: 'incomplete', detail: 'the stream ended without a finish reason' };

/** After the finish reason the message is whole: a connection that breaks then has cost the usage at most. */
function isHarmlessAtEnd({ type }: ModelProblem): boolean {
  return type === 'network' || type === 'deadline' || type === 'incomplete';
}
