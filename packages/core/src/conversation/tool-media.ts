// Images and audio of a tool result, in the form in which chat models take them.

import type { ContentBlock } from './messages.ts';
import type { ToolAnswer } from './transcript.ts';

export type MediaPart =
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string } }
  | { readonly type: 'input_audio'; readonly input_audio: { readonly data: string; readonly format: 'wav' | 'mp3' } };

type Kind = 'image' | 'audio';

/** In the order of the result; what has another kind, or no data, has only its line in the text. */
export const mediaOf = (answer: ToolAnswer, kinds: readonly Kind[]): readonly MediaPart[] =>
  answer.type === 'returned' ? answer.result.content.flatMap((block) => partOf(block, kinds) ?? []) : [];

const partOf = (block: ContentBlock, kinds: readonly Kind[]): MediaPart | undefined => {
  const { mimeType, data } = bytesIn(block);
  if (typeof mimeType !== 'string' || typeof data !== 'string' || data === '') return undefined;
  if (kinds.includes('image') && /^image\/[\w.+-]+$/.test(mimeType))
    return { type: 'image_url', image_url: { url: `data:${mimeType};base64,${data}` } };
  const format = kinds.includes('audio') ? audioFormats[mimeType] : undefined;
  return format && { type: 'input_audio', input_audio: { data, format } };
};

/** An embedded resource holds its bytes as `blob`. */
const bytesIn = ({ type, mimeType, data, resource }: ContentBlock): { readonly mimeType?: unknown; readonly data?: unknown } => {
  if (type === 'image' || type === 'audio') return { mimeType, data };
  if (type !== 'resource' || typeof resource !== 'object' || resource === null) return {};
  const held = resource as { readonly mimeType?: unknown; readonly blob?: unknown };
  return { mimeType: held.mimeType, data: held.blob };
};

/** The two that chat completions know. */
const audioFormats: Readonly<Record<string, 'wav' | 'mp3'>> = {
  'audio/wav': 'wav',
  'audio/wave': 'wav',
  'audio/x-wav': 'wav',
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
};
