// Which flags a self-hosted server needs for a model family: without them calls and reasoning come as text.

interface Family {
  readonly model: RegExp;
  readonly toolParser: string;
  readonly reasoningParser?: string;
}

/** vLLM's names; SGLang's differ where `sglang` says so below. The first family that matches counts. */
const families: readonly Family[] = [
  { model: /qwen3.*coder/i, toolParser: 'qwen3_coder' },
  { model: /qwen-?3\.[56]|qwen3\.[56]/i, toolParser: 'qwen3_coder', reasoningParser: 'qwen3' },
  { model: /qwen-?3|qwq/i, toolParser: 'hermes', reasoningParser: 'qwen3' },
  { model: /qwen|hermes/i, toolParser: 'hermes' },
  { model: /gpt-oss/i, toolParser: 'openai', reasoningParser: 'openai_gptoss' },
  { model: /deepseek.*r1/i, toolParser: 'deepseek_v3', reasoningParser: 'deepseek_r1' },
  { model: /deepseek/i, toolParser: 'deepseek_v3', reasoningParser: 'deepseek_v3' },
  { model: /glm-?4\.[5-9]/i, toolParser: 'glm45', reasoningParser: 'glm45' },
  { model: /kimi.*k2/i, toolParser: 'kimi_k2', reasoningParser: 'kimi_k2' },
  { model: /llama-?4/i, toolParser: 'llama4_pythonic' },
  { model: /llama-?3/i, toolParser: 'llama3_json' },
  { model: /mistral|ministral|magistral/i, toolParser: 'mistral', reasoningParser: 'mistral' },
];

const familyOf = (model: string): Family | undefined => families.find((family) => family.model.test(model));

/** `model` as the server names it. A family nobody knows gets a gap to fill. */
export const toolFlags = (model: string): readonly string[] => {
  const parser = familyOf(model)?.toolParser;
  return [
    `vLLM: add --enable-auto-tool-choice --tool-call-parser ${parser ?? '<parser of this model>'}`,
    `SGLang: add --tool-call-parser ${parser === 'hermes' ? 'qwen25' : (parser ?? '<parser of this model>')}; llama.cpp: add --jinja`,
  ];
};

export const reasoningFlags = (model: string): readonly string[] => {
  const parser = familyOf(model)?.reasoningParser ?? '<parser of this model>';
  return [
    `vLLM or SGLang: add --reasoning-parser ${parser}; llama.cpp: add --reasoning-format deepseek`,
    'Until then Turnlog splits <think> out of the content itself (profile: splitThink).',
  ];
};

export const contextFlags: readonly string[] = [
  'Ollama: start it with OLLAMA_CONTEXT_LENGTH=32768, or set num_ctx in the Modelfile; its default cuts prompts silently',
  'llama.cpp: add -c 32768; vLLM: --max-model-len; LM Studio: the context length of the loaded model',
];
