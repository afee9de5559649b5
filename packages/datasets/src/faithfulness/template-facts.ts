// What a chat template does with what our rows hold, found out by asking it: templates of one family differ between copies.

import type { ChatRenderer } from './chat-renderer.ts';
import type { Json, JsonObject } from './examples-of.ts';

/** `kept`: rendered as given · `lost`: (partly) not rendered · `changed`: rendered as something else · `refused`: the template throws. */
export type Treatment = 'kept' | 'changed' | 'lost' | 'refused';

export interface TemplateFacts {
  readonly toolCalls: Treatment;
  readonly parallelCalls: Treatment;
  /** Arguments that are JSON text instead of an object. */
  readonly textArguments: Treatment;
  readonly reasoning: Treatment;
  /** Reasoning of turns before the last. */
  readonly earlierReasoning: Treatment;
  readonly nullContent: Treatment;
}

const user = { role: 'user', content: 'Probe.' };
const calling = (...calls: readonly { readonly name: string; readonly arguments: Json }[]) => ({
  role: 'assistant',
  content: '',
  tool_calls: calls.map((call, index) => ({ id: `call0000${index}`, type: 'function', function: call })),
});
const result = (index: number, name: string) => ({
  role: 'tool',
  content: `result_${index}`,
  tool_call_id: `call0000${index}`,
  name,
});
const one = { name: 'probe_one', arguments: { place: 'Ulm' } };
const two = { name: 'probe_two', arguments: { place: 'Bad Urach' } };
const thinking = (thought: string, content: string) => ({ role: 'assistant', content, reasoning_content: thought });

export const factsOf = (renderer: ChatRenderer): TemplateFacts => {
  // Without tools, so that a name can only come from a call.
  const render = (messages: readonly JsonObject[]) =>
    renderer.render(messages, { tools: [], variables: {}, asksForAnswer: false });
  const keeps = (messages: readonly JsonObject[], ...pieces: readonly string[]): Treatment =>
    treatment(() => (pieces.every((piece) => render(messages).includes(piece)) ? 'kept' : 'lost'));
  return {
    toolCalls: keeps([user, calling(one), result(0, 'x')], 'probe_one', 'Ulm', 'result_0'),
    parallelCalls: keeps([user, calling(one, two), result(0, 'x'), result(1, 'x')], 'probe_one', 'Ulm', 'probe_two', 'Bad Urach'),
    textArguments: treatment(() => {
      const text = render([user, calling({ name: 'probe_one', arguments: '{"place": "Ulm"}' }), result(0, 'x')]);
      if (text.includes('"place": "Ulm"')) return 'kept';
      return text.includes('Ulm') ? 'changed' : 'lost';
    }),
    reasoning: keeps([user, thinking('a_thought', 'Done.')], 'a_thought'),
    earlierReasoning: keeps([user, thinking('a_thought', 'Done.'), user, thinking('later', 'Again.')], 'a_thought'),
    nullContent: treatment(() => {
      const text = render([user, { ...calling(one), content: null }, result(0, 'x')]);
      return /\b(None|null)\b/.test(text) ? 'changed' : 'kept';
    }),
  };
};

const treatment = (ask: () => Treatment): Treatment => {
  try {
    return ask();
  } catch {
    return 'refused';
  }
};
