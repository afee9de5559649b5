// Builds one message out of raw stream chunks. Nothing is lost, invented or joined wrongly, whatever the server leaves out;
// what cannot be kept is named in `warnings`. Pure: chunks in, message out.

import type { ReceivedModelAnswer, Usage } from '@turnlog/core';
import type { ModelDelta } from '../ports/model-client.ts';
import { createTextAccumulator } from './accumulate-text.ts';
import { createTokenCollector } from './collect-tokens.ts';
import { readUsage } from './read-usage.ts';
import { createToolCallSlots } from './tool-call-slots.ts';
import { asRecord, asText, isRecord, type WireRecord } from './wire-value.ts';

export interface Accumulated extends Omit<ReceivedModelAnswer, 'finishReason'> {
  readonly finishReason: string | undefined;
  readonly warnings: readonly string[];
  /** Whether nothing of an answer arrived at all. */
  readonly isEmpty: boolean;
  /** What was held back until the end. */
  readonly deltas: readonly ModelDelta[];
}

export interface Accumulator {
  /** Takes one parsed chunk; gives what may be shown of it. */
  add(chunk: unknown): readonly ModelDelta[];
  /** Whether a piece of the answer has come: a first chunk often carries only the role. */
  readonly hasAnswer: boolean;
  readonly hasFinished: boolean;
  finish(): Accumulated;
}

export function createAccumulator(options: { readonly splitThink: boolean }): Accumulator {
  const warnings = new Set<string>();
  const warn = (warning: string) => warnings.add(warning);
  const text = createTextAccumulator(options.splitThink, warn);
  const slots = createToolCallSlots();
  const tokens = createTokenCollector();
  let finishReason: string | undefined;
  let usage: Usage | undefined;
  let reportedModel: string | undefined;
  let responseId: string | undefined;

  return {
    add(chunk) {
      if (!isRecord(chunk)) {
        warn('a chunk that is no object was dropped');
        return [];
      }
      const choice = firstChoice(chunk, warn);
      const delta = asRecord(choice.delta);
      tokens.add(choice);
      usage = readUsage(chunk.usage) ?? readUsage(choice.usage) ?? usage;
      reportedModel ??= asText(chunk.model) || undefined;
      responseId ??= asText(chunk.id) || undefined;
      // Some servers send "" until there is a reason; of two reasons the first ended the answer (sglang#8417).
      finishReason ??= asText(choice.finish_reason) || undefined;
      if (asText(delta.refusal) !== '') warn('the answer holds a refusal, whose text was dropped');
      const calls = Array.isArray(delta.tool_calls) ? delta.tool_calls.map((entry) => slots.add(entry)) : [];
      return [...text.add(delta), ...calls.filter((call) => call !== undefined)];
    },
    get hasAnswer() {
      return text.hasText || !slots.isEmpty;
    },
    get hasFinished() {
      return finishReason !== undefined;
    },
    finish() {
      const { message, deltas } = text.finish();
      const { toolCalls, dropped } = slots.finish();
      const hasOnlyReasoning = message.reasoning !== undefined && toolCalls.length === 0;
      // Reasoning alone is an answer with empty content, not one without content.
      const content = hasOnlyReasoning ? (message.content ?? '') : message.content;
      return {
        message: { ...message, content, toolCalls },
        isEmpty: !content && !message.reasoning && toolCalls.length === 0,
        finishReason,
        usage,
        reportedModel,
        responseId,
        tokens: tokens.finish(),
        warnings: [...warnings, ...dropped, ...leftMarkup(content, toolCalls.length)],
        deltas,
      };
    },
  };
}

/** How models write calls that their server should have read; at the start of a line, as prose about them rarely is. */
const markup = /^\s*(?:<tool_call>|<\|tool_call|<function=|\[TOOL_CALLS\]|\[TOOL_REQUEST\]|<｜tool▁calls?▁begin｜>)/m;

/** Nothing is executed that the server did not say is a call (lmstudio-bug-tracker#2224); the operator should know. */
const leftMarkup = (content: string | null, calls: number): readonly string[] =>
  calls === 0 && content !== null && markup.test(content)
    ? ['the content holds the markup of a tool call: the server has no tool parser for this model, or it failed']
    : [];

/** One answer was asked for: the first choice of a chunk, which may have none (usage, Azure's filter results). */
function firstChoice(chunk: WireRecord, warn: (warning: string) => void): WireRecord {
  const choices = Array.isArray(chunk.choices) ? chunk.choices.filter(isRecord) : [];
  const first = choices.find((choice) => (choice.index ?? 0) === 0);
  if (choices.length > (first === undefined ? 0 : 1)) warn('a second choice of the answer was dropped');
  return first ?? {};
}
