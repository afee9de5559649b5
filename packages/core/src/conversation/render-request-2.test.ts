import { describe, expect, it } from 'vitest';
import { aConversation, aTool, claimOf, plainProfile, someSettings } from '../testing/conversation-builder.ts';
import type { ContentBlock } from './messages.ts';
import { rendererVersion, renderHistory, toModelRequest } from './model-request.ts';
import type { ModelProfile } from './settings.ts';

type Message = Record<string, unknown>;
type Body = Record<string, unknown> & { readonly messages: readonly Message[] };

const image: ContentBlock = { type: 'image', mimeType: 'image/png', data: 'iVBO' };
const audio: ContentBlock = { type: 'audio', mimeType: 'audio/wav', data: 'UklG' };
const results: readonly (readonly ContentBlock[])[] = [
  [{ type: 'text', text: 'a page' }, image],
  [audio, { type: 'resource', resource: { uri: 'file:///a', mimeType: 'image/jpeg', blob: '/9j/' } }],
];

/** Two calls in one round, answered with media. */
const shown = (profile: Partial<ModelProfile>, params: Record<string, unknown> = {}, contents = results) => {
  const asked = aConversation({ model: { ...someSettings().model, params, profile: { ...plainProfile, ...profile } } })
    .withTools([aTool('look', { inputSchema: { type: 'object', properties: { at: { type: 'array', format: 'x' } } } })])
    .withTurn('look around')
    .answered({ calls: contents.map(() => ['look', '{}'] as const) });
  return contents.reduce(
    (story, content, index) =>
      story.started(`call_1_${index + 1}`).handling({
        type: 'RecordToolResult',
        step: index + 2,
        attempt: 1,
        claim: claimOf(index + 2, 1),
        result: { content: [...content], isError: false },
      }),
    asked,
  ).state;
};
const bodyOf = (state: ReturnType<typeof shown>, version?: number) =>
  JSON.parse(toModelRequest(state, version) ?? 'null') as Body;

const lines = [
  'a page\n[image: image/png, 4 characters of base64]',
  '[audio: audio/wav, 4 characters of base64]\n[resource: file:///a image/jpeg]',
];
const png = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBO' } };
const jpeg = { type: 'image_url', image_url: { url: 'data:image/jpeg;base64,/9j/' } };
const wav = { type: 'input_audio', input_audio: { data: 'UklG', format: 'wav' } };

describe('renderer 2', () => {
  it('is what new attempts are rendered with; version 1 stays beside it', () => {
    const state = shown({ toolMedia: ['image'], inlineRefs: true }, { extra_body: { top_k: 5 } });

    expect(rendererVersion).toBe(2);
    expect(
      bodyOf(state, 1)
        .messages.slice(2)
        .map(({ content }) => content),
    ).toEqual(lines);
    expect(bodyOf(state, 1)).toMatchObject({
      extra_body: { top_k: 5 },
      tools: [{ function: { parameters: { properties: { at: { format: 'x' } } } } }],
    });
    expect(toModelRequest(state, 3)).toBeUndefined();
  });

  it('names media in a line where the profile sends none', () => {
    expect(
      bodyOf(shown({}))
        .messages.slice(2)
        .map(({ content }) => content),
    ).toEqual(lines);
    expect(bodyOf(shown({ toolMedia: [] }))).toEqual(bodyOf(shown({})));
  });

  it('sends them in a user message after all answers of the round, and says from which', () => {
    const { messages } = bodyOf(shown({ toolMedia: ['image', 'audio'] }));

    expect(messages.slice(2)).toEqual([
      { role: 'tool', content: lines[0], tool_call_id: 'call_1_1' },
      { role: 'tool', content: lines[1], tool_call_id: 'call_1_2' },
      {
        role: 'user',
        content: [
          { type: 'text', text: '[From the result of call_1_1:]' },
          png,
          { type: 'text', text: '[From the result of call_1_2:]' },
          wav,
          jpeg,
        ],
      },
    ]);
  });

  it('sends them in the answer itself where the profile says so', () => {
    const { messages } = bodyOf(shown({ toolMedia: ['image'], toolMediaIn: 'tool' }));

    expect(messages.slice(2)).toEqual([
      { role: 'tool', content: [{ type: 'text', text: lines[0] }, png], tool_call_id: 'call_1_1' },
      { role: 'tool', content: [{ type: 'text', text: lines[1] }, jpeg], tool_call_id: 'call_1_2' },
    ]);
  });

  it.each<ContentBlock>([
    { type: 'image', mimeType: 'text/html', data: 'AAAA' },
    { type: 'image', mimeType: 'image/png' },
    { type: 'audio', mimeType: 'audio/ogg', data: 'AAAA' },
    { type: 'resource', resource: { uri: 'file:///a', mimeType: 'image/png', text: 'no bytes' } },
    { type: 'resource', resource: null },
    { type: 'resource_link', uri: 'file:///a.png', mimeType: 'image/png' },
  ])('leaves what it cannot send to its line: %j', (block) => {
    expect(bodyOf(shown({ toolMedia: ['image', 'audio'] }, {}, [[block]])).messages).toHaveLength(3);
  });

  it('shows people the history without them', () => {
    expect(renderHistory(shown({ toolMedia: ['image'] })).messages).toHaveLength(4);
  });

  it('merges `extra_body` into the body, over other params, and lets it replace nothing else', () => {
    const params = {
      top_k: 1,
      temperature: 0,
      extra_body: { top_k: 5, messages: [], chat_template_kwargs: { enable_thinking: true } },
    };

    const body = bodyOf(shown({}, params));

    expect(body).toMatchObject({ top_k: 5, temperature: 0, chat_template_kwargs: { enable_thinking: true } });
    expect(body).not.toHaveProperty('extra_body');
    expect(body.messages).toHaveLength(4);
  });

  it('sends schemas as the profile takes them', () => {
    expect(bodyOf(shown({ dropFormats: true })).tools).toMatchObject([
      { function: { parameters: { properties: { at: { type: 'array', items: {} } } } } },
    ]);
    expect(JSON.stringify(bodyOf(shown({ dropFormats: true })).tools)).not.toContain('format');
  });

  it('sends an empty reasoning where the server misses the field, in the open turn alone', () => {
    const profile = { sendReasoning: 'reasoning_content', requireReasoning: true } as const;
    const story = aConversation({ model: { ...someSettings().model, profile: { ...plainProfile, ...profile } } })
      .withTools([aTool('read')])
      .withTurn('one')
      .answered({ content: 'First.' })
      .withTurn('two')
      .answered({ calls: [['read', '']] })
      .returned('call_2_1', 'text');

    const assistant = bodyOf(story.state).messages.filter(({ role }) => role === 'assistant');
    expect(assistant.map((message) => message.reasoning_content)).toEqual([undefined, '']);
  });
});
