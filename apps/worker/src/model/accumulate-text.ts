// Content and reasoning of one answer, kept apart whatever the server calls them.

import type { AssistantMessage } from '@turnlog/core';
import type { ModelDelta } from '../ports/model-client.ts';
import { createThinkSplitter, type ThinkPiece } from './think-splitter.ts';
import { asRecord, asText, type WireRecord } from './wire-value.ts';

export interface TextAccumulator {
  /** Takes the text of one `delta`; gives what may be shown of it. */
  add(delta: WireRecord): readonly ModelDelta[];
  /** Whether any text has come, held back or not. */
  readonly hasText: boolean;
  finish(): { readonly message: Omit<AssistantMessage, 'toolCalls'>; readonly deltas: readonly ModelDelta[] };
}

type ReasoningField = NonNullable<AssistantMessage['reasoningField']>;
// A stream uses one of them; a server that sends two sends the same text twice.
const reasoningFields = ['reasoning_content', 'reasoning', 'thinking'] as const;

export function createTextAccumulator(splitThink: boolean, warn: (warning: string) => void): TextAccumulator {
  let splitter = splitThink ? createThinkSplitter() : undefined;
  let content: string | null = null;
  let reasoning: { readonly text: string; readonly field: ReasoningField } | undefined;
  let hasText = false;
  // Characters of undecided text that were shown as content before it was known what they are.
  let shownEarly = 0;

  function think(text: string, field: ReasoningField): ModelDelta {
    reasoning = { text: (reasoning?.text ?? '') + text, field: reasoning?.field ?? field };
    return { reasoning: text };
  }

  function place(pieces: readonly ThinkPiece[]): readonly ModelDelta[] {
    return pieces.map(({ kind, text }) => {
      if (kind === 'reasoning') return think(text, 'think');
      content = (content ?? '') + text;
      return { content: text };
    });
  }

  /** What was shown early is not shown again, whatever it turned out to be. */
  function withoutShown(deltas: readonly ModelDelta[]): readonly ModelDelta[] {
    return deltas.map(({ content: said, reasoning: thought }) => {
      const text = said ?? thought ?? '';
      const rest = text.slice(shownEarly);
      shownEarly = Math.max(0, shownEarly - text.length);
      return said === undefined ? { reasoning: rest } : { content: rest };
    });
  }

  function addReasoning(delta: WireRecord): readonly ModelDelta[] {
    const filled = reasoningFields.filter((field) => asText(delta[field]) !== '');
    const field = filled.find((name) => name === reasoning?.field) ?? filled[0];
    if (field === undefined) return [];
    // This server parses reasoning itself: a tag in its content is content.
    const held = withoutShown(place(splitter?.finish() ?? []));
    splitter = undefined;
    return [...held, think(asText(delta[field]), field)];
  }

  function addContent(value: unknown): readonly ModelDelta[] {
    const text = Array.isArray(value) ? joinParts(value, warn) : value;
    if (typeof text !== 'string') return [];
    content ??= '';
    hasText ||= text !== '';
    const placed = withoutShown(place(splitter?.push(text) ?? [{ kind: 'content', text }]));
    const undecided = splitter?.undecided() ?? '';
    const fresh = undecided.slice(shownEarly);
    shownEarly = Math.max(shownEarly, undecided.length);
    return fresh === '' ? placed : [...placed, { content: fresh }];
  }

  return {
    add: (delta) => [...addReasoning(delta), ...addContent(delta.content)].filter(isFilled),
    get hasText() {
      return hasText || reasoning !== undefined;
    },
    finish() {
      const deltas = withoutShown(place(splitter?.finish() ?? [])).filter(isFilled);
      return { message: { content, ...(reasoning && { reasoning: reasoning.text, reasoningField: reasoning.field }) }, deltas };
    },
  };
}

/** Some servers send content as parts, as requests do; only text has a place in an answer. */
function joinParts(parts: readonly unknown[], warn: (warning: string) => void): string {
  const texts = parts.map((part) => asRecord(part).text);
  if (texts.some((text) => typeof text !== 'string')) warn('a content part that is no text was dropped');
  return texts.map(asText).join('');
}

const isFilled = ({ content, reasoning }: ModelDelta): boolean => Boolean(content || reasoning);
