// What the doctor asks a model, as request bodies without the model's name.

export const marker = 'marmalade-4821';
/** Well above the 2,048 and 4,096 tokens at which small servers cut, below what every current model can read. */
export const longPromptTokens = 6_000;

const weatherTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Gives the current weather of one city.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string', description: 'The name of the city' } },
      required: ['city'],
    },
  },
} as const;

const user = (content: string) => ({ role: 'user', content });

export const greeting = { messages: [user('Say hello in one short sentence.')] };

export const oneCall = {
  messages: [user('What is the weather in Paris? Use the tool.')],
  tools: [weatherTool],
};

export const twoCalls = {
  messages: [user('What is the weather in Paris and in Tokyo? Call the tool for both cities at once.')],
  tools: [weatherTool],
};

/** The conversation goes on with the results; `assistant` is the message with the calls, as it would be sent back. */
export const afterCalls = (assistant: object, callIds: readonly string[]) => ({
  messages: [
    ...twoCalls.messages,
    assistant,
    ...callIds.map((id) => ({ role: 'tool', tool_call_id: id, content: 'Sunny, 21 degrees.' })),
  ],
  tools: [weatherTool],
});

/** About 12 tokens a line in every common tokenizer. */
const fillerLines = longPromptTokens / 12;

/** A word stands at the beginning, the question for it at the end: a server that cuts the prompt loses the word. */
export const longPrompt = {
  messages: [
    user(
      [
        `The secret word is ${marker}.`,
        ...Array.from({ length: fillerLines }, (_, index) => `Line ${index + 1}: nothing of interest happened here today.`),
        'What is the secret word that was given in the first line? Answer with the word alone.',
      ].join('\n'),
    ),
  ],
};
