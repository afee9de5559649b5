// How many tokens a row has, for whoever leaves out what is too long.

import type { ChatRenderer } from './chat-renderer.ts';
import { examplesOf, type JsonObject, type ReportedFormat } from './examples-of.ts';
import { measureExample } from './measure-example.ts';
import { factsOf } from './template-facts.ts';

/** Of the longest text of a row. 0 where the template refuses it: it is no matter of length then, and a report says so. */
export const createRowCounter = (format: ReportedFormat, renderer: ChatRenderer): ((row: JsonObject) => number) => {
  const model = { renderer, facts: factsOf(renderer) };
  return (row) => Math.max(0, ...examplesOf(format, row).map((example) => measureExample(example, model).lengths?.total ?? 0));
};
