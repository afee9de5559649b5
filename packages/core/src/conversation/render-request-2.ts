// RENDERER VERSION 2: beside what version 1 renders, media of tool results where the profile sends them, schemas of tools as
// the profile takes them, and `extra_body` merged into the body as clients of OpenAI do.

import { type ChatTool, chatMessage, chatTool } from './chat-message.ts';
import { freeParams } from './free-params.ts';
import type { LeftToSay, Renderer, Said, SentMessage } from './renderer.ts';
import type { ModelProfile, Tool } from './settings.ts';
import { mediaOf } from './tool-media.ts';
import { adaptSchema } from './tool-schema.ts';

export const renderer2: Renderer = {
  body: ({ tools: snapshot }, { model, params, profile }) => {
    const tools = (snapshot?.tools ?? []).map((tool) => adaptedTool(tool, profile));
    return {
      model,
      messages: [],
      ...(tools.length > 0 && { tools }),
      ...(tools.length > 0 && profile.parallelToolCalls !== undefined && { parallel_tool_calls: profile.parallelToolCalls }),
      ...freeParams(params),
      stream: true,
      ...(profile.streamUsage && { stream_options: { include_usage: true } }),
    };
  },
  say: (entry, context, left): Said => {
    const message = chatMessage(entry, context);
    if (entry.kind !== 'tool' || message.role !== 'tool') return { messages: [...asUser(left), message], left: [] };
    const { toolMedia = [], toolMediaIn = 'user' } = context.profile;
    const media = mediaOf(entry.answer, toolMedia);
    if (media.length === 0) return { messages: [message], left };
    if (toolMediaIn === 'tool')
      return { messages: [{ ...message, content: [{ type: 'text', text: message.content }, ...media] }], left };
    return { messages: [message], left: [...left, { type: 'text', text: `[From the result of ${entry.callId}:]` }, ...media] };
  },
  rest: (left) => asUser(left),
};

/** Nothing may stand between the answers of a round, so their media follow the last of them. */
const asUser = (left: LeftToSay): readonly SentMessage[] => (left.length === 0 ? [] : [{ role: 'user', content: left }]);

const adaptedTool = (tool: Tool, profile: ModelProfile): ChatTool => {
  const said = chatTool(tool);
  return { ...said, function: { ...said.function, parameters: adaptSchema(said.function.parameters, profile) } };
};
