// The same fact in the words of many servers: the prompt does not fit the model.

/** Codes and types: OpenAI, llama.cpp, LiteLLM. */
const codes = new Set([
  'context_length_exceeded',
  'exceed_context_size_error',
  'context_window_exceeded',
  'ContextWindowExceededError',
]);

const wordings: readonly RegExp[] = [
  // OpenAI, OpenRouter, Mistral, vLLM before 0.16, SGLang with a token budget.
  /maximum context length/i,
  // vLLM since 0.16: "You passed 9001 input tokens … context length is only 8192" (harbor#996).
  /context length is only/i,
  // llama.cpp "exceeds the available context size", OpenAI "exceeds the context window", Ollama "exceeded max context length".
  /exceed(s|ed|ing)? (the |this |its |your )?(model'?s? )?(available |maximum |max )?context (size|length|window|limit)/i,
  // OpenAI: "Your input exceeds the context window of this model"; others turn it round.
  /context (size|length|window|limit)( has been| was| is|)? exceeded/i,
  // SGLang: "The input (9001 tokens) is longer than the model's context length (8192 tokens)".
  /longer than the model'?s context length/i,
  // LM Studio: "greater than the context length", "when context the overflows".
  /greater than the context length|when context the overflows/i,
  // Groq.
  /reduce the length of the (messages|prompt|input)/i,
  // Text Generation Inference.
  /inputs` tokens \+ `max_new_tokens` must be/i,
  // Anthropic, behind compatible routes.
  /prompt is too long/i,
  // Gemini, behind its compatible route.
  /input token count.{0,40}exceeds the maximum/i,
  // xAI.
  /maximum prompt length is/i,
  // Qwen at DashScope.
  /range of input length should be/i,
];

export function isContextOverflow(said: { readonly codes: readonly unknown[]; readonly text: string }): boolean {
  return (
    said.codes.some((code) => typeof code === 'string' && codes.has(code)) || wordings.some((words) => words.test(said.text))
  );
}
