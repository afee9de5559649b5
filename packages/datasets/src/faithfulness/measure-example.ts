// One example as a trainer would see it: how long it is, what of it is trained, and what goes wrong. Without a renderer the
// lengths are characters of its JSON.

import type { ChatRenderer } from './chat-renderer.ts';
import type { Example, Json } from './examples-of.ts';
import { isHarmless, type Trap, trapsInRow, trapsInText } from './find-traps.ts';
import type { TemplateFacts } from './template-facts.ts';

export interface ModelUnderReport {
  readonly renderer: ChatRenderer;
  readonly facts: TemplateFacts;
}

export interface Measured {
  /** Undefined where the template refuses the example. */
  readonly lengths?: { readonly prompt: number; readonly total: number };
  /** Absent without a renderer, and where the span cannot be told. */
  readonly span?: { readonly context: string; readonly trained: string };
  readonly traps: readonly Trap[];
  /** What the template said when it refused. */
  readonly refusal?: string;
}

export const measureExample = (example: Example, model: ModelUnderReport | undefined): Measured => {
  const inRow = trapsInRow(example);
  if (model === undefined)
    return { lengths: { prompt: sizeOf(example.prompt), total: sizeOf([...example.prompt, ...example.trained]) }, traps: inRow };
  const traps = inRow.filter((trap) => !isHarmless(trap, model.facts));
  try {
    return measureRendered(example, model.renderer, traps);
  } catch (error) {
    return { traps: [...traps, 'does_not_render'], refusal: error instanceof Error ? error.message : String(error) };
  }
};

const measureRendered = (example: Example, renderer: ChatRenderer, traps: readonly Trap[]): Measured => {
  const { prompt, trained, tools, variables } = example;
  const options = { tools, variables };
  // A whole conversation has no context: each of its assistant messages is trained where it stands.
  const isWhole = prompt.length === 0;
  const context = isWhole ? '' : renderer.render(prompt, { ...options, asksForAnswer: true });
  const promptLength = isWhole ? 0 : renderer.countTokens(context);
  if (trained.length === 0) return { lengths: { prompt: promptLength, total: promptLength }, traps };
  const whole = renderer.render([...prompt, ...trained], { ...options, asksForAnswer: false });
  const lengths = { prompt: promptLength, total: renderer.countTokens(whole) };
  if (!whole.startsWith(context)) return { lengths, traps: [...traps, 'not_a_prefix'] };
  const text = whole.slice(context.length);
  const found = [...traps, ...trapsInText(trained, text)];
  return isWhole ? { lengths, traps: found } : { lengths, traps: found, span: { context, trained: text } };
};

/**
 * Of a whole conversation: its answers where they stand in the text, and what stands before the first of them. Answers that
 * the template shows in another way once others follow (Qwen3 drops their reasoning) cannot be told apart and are left out.
 */
export const wholeSpan = ({ trained, tools, variables }: Example, renderer: ChatRenderer): Measured['span'] => {
  const options = { tools, variables };
  const whole = renderer.render(trained, { ...options, asksForAnswer: false });
  const spans: { readonly from: number; readonly to: number }[] = [];
  for (const [index, { role }] of trained.entries()) {
    if (role !== 'assistant' || index === 0) continue;
    const before = renderer.render(trained.slice(0, index), { ...options, asksForAnswer: true });
    const after = renderer.render(trained.slice(0, index + 1), { ...options, asksForAnswer: false });
    if (whole.startsWith(before) && whole.startsWith(after)) spans.push({ from: before.length, to: after.length });
  }
  const [first] = spans;
  if (first === undefined) return undefined;
  return { context: whole.slice(0, first.from), trained: spans.map(({ from, to }) => whole.slice(from, to)).join('…\n') };
};

const sizeOf = (value: Json): number => JSON.stringify(value).length;
