// The tools of a row: the snapshot that stood in the request.

import { type ConversationState, chatTool } from '@turnlog/core';
import type { JsonValue, RowOptions } from './projection.ts';

const known = new WeakMap<object, readonly JsonValue[]>();

export const toolsOf = ({ tools }: ConversationState): readonly JsonValue[] => {
  if (tools === undefined) return [];
  const made = known.get(tools);
  if (made !== undefined) return made;
  const rowTools = tools.tools.map((tool) => withoutNulls(chatTool(tool)));
  known.set(tools, rowTools);
  return rowTools;
};

/** Whether all were asked with the same tools, however often these were listed. */
export const haveSameTools = (asked: readonly ConversationState[]): boolean =>
  new Set([...new Set(asked.map(toolsOf))].map((tools) => JSON.stringify(tools))).size <= 1;

/** As a row holds them. */
export const toolsColumn = (tools: readonly JsonValue[], { compat }: Pick<RowOptions, 'compat'>): JsonValue =>
  compat === 'strings' ? JSON.stringify(tools) : tools;

/** A schema may say `"default": null`; readers cannot tell that from a null that Arrow filled in, and templates print both. */
const withoutNulls = (value: unknown): JsonValue => {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, nested]) => nested !== null && nested !== undefined)
        .map(([key, nested]) => [key, withoutNulls(nested)]),
    );
  return value as JsonValue;
};
