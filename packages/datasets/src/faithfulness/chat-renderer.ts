// What a report needs of a model: its chat template and its tokenizer.

import type { Json, JsonObject } from './examples-of.ts';

export interface RenderOptions {
  readonly tools: readonly Json[];
  readonly variables: JsonObject;
  /** Ends with what makes the model answer. */
  readonly asksForAnswer: boolean;
}

export interface ChatRenderer {
  readonly name: string;
  /** Of the files it was made from. */
  readonly sha256: string;
  /** Throws what the template throws. */
  render(messages: readonly JsonObject[], options: RenderOptions): string;
  countTokens(text: string): number;
}
