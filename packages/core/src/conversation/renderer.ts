// What every renderer is: how the body of a request looks, and what each entry of the history adds to its messages. Entry by
// entry, so that a long history can be hashed without rendering what was hashed before.

import type { ChatMessage, MessageContext } from './chat-message.ts';
import type { ModelSettings } from './settings.ts';
import type { ConversationState } from './state.ts';
import type { MediaPart } from './tool-media.ts';
import type { Entry } from './transcript.ts';

export type Part = MediaPart | { readonly type: 'text'; readonly text: string };

/** A message as it goes on the wire. */
export type SentMessage =
  | ChatMessage
  | { readonly role: 'user'; readonly content: readonly Part[] }
  | { readonly role: 'tool'; readonly content: readonly Part[]; readonly tool_call_id: string };

/** What earlier entries have left to say, once nothing may stand in between any longer. */
export type LeftToSay = readonly Part[];

export interface Said {
  readonly messages: readonly SentMessage[];
  readonly left: LeftToSay;
}

export interface Renderer {
  /** All fields in their order; `messages` is empty. */
  body(state: Pick<ConversationState, 'tools'>, model: ModelSettings): Record<string, unknown>;
  say(entry: Entry, context: MessageContext, left: LeftToSay): Said;
  /** What stands at the end. */
  rest(left: LeftToSay): readonly SentMessage[];
}
