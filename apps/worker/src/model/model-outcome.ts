// Decides how an attempt ended, from what arrived and what went wrong.

import type { ModelOutcome } from '../ports/model-client.ts';
import type { Accumulated } from './accumulate.ts';
import { type FailureContext, type ModelProblem, modelFailure, rejectedText } from './model-failure.ts';

export function outcomeOf(problem: ModelProblem | undefined, answer: Accumulated, context: FailureContext): ModelOutcome {
  const { message, isEmpty, finishReason, usage, reportedModel, responseId, tokens } = answer;
  if (finishReason === undefined || (problem !== undefined && !isHarmlessAtEnd(problem))) {
    const failure = modelFailure(problem ?? noFinishReason, context);
    return {
      type: 'failed',
      failure,
      ...(isEmpty ? rejected(problem, context) : { partial: message }),
      ...(answer.warnings.length > 0 && { warnings: answer.warnings }),
    };
  }
  const warnings = [...answer.warnings, ...(problem === undefined ? [] : [modelFailure(problem, context).message])];
  return {
    type: 'responded',
    message,
    finishReason,
    usage,
    reportedModel,
    responseId,
    ...(tokens && { tokens }),
    ...(warnings.length > 0 && { warnings }),
  };
}

/** Some servers judge what the model wrote and give it back in the error alone: it is kept like any other broken answer. */
function rejected(problem: ModelProblem | undefined, { redact }: FailureContext): Pick<Failed, 'partial'> {
  const text = problem && rejectedText(problem);
  return text === undefined ? {} : { partial: { content: redact(text), toolCalls: [] } };
}

type Failed = Extract<ModelOutcome, { type: 'failed' }>;

export function notConfigured(detail: string): ModelOutcome {
  const context = { nowMs: 0, host: '', redact: (text: string) => text };
  return { type: 'failed', failure: modelFailure({ type: 'not_configured', detail }, context) };
}

const noFinishReason: ModelProblem = { type: 'incomplete', detail: 'the stream ended without a finish reason' };

/** After the finish reason the message is whole: a connection that breaks then has cost the usage at most. */
function isHarmlessAtEnd({ type }: ModelProblem): boolean {
  return type === 'network' || type === 'deadline' || type === 'incomplete';
}
