// Fork families for specs of rows, from histories that `decide` made.

import { createHash } from 'node:crypto';
import type { Command, Recorded } from '@turnlog/core';
import { type ConversationBuilder, storyId } from '@turnlog/core/testing';
import { defaultRowOptions, type Family, type RecordedConversation, type RowOptions } from '../rows/projection.ts';

export const rowOptions: RowOptions = {
  ...defaultRowOptions,
  sha256: (text) => createHash('sha256').update(text).digest('hex'),
};

export const aMember = (
  { events }: { readonly events: readonly Recorded[] },
  changed: Partial<RecordedConversation> = {},
): RecordedConversation => ({ id: storyId, events, inherited: 0, isSelected: true, ...changed });

export const aFamily = (...members: readonly RecordedConversation[]): Family => ({ root: members[0]?.id ?? '', members });

/** A conversation that nobody forked. */
export const alone = (story: { readonly events: readonly Recorded[] }): Family => aFamily(aMember(story));

type Fork = Omit<Extract<Command, { type: 'ForkConversation' }>, 'type' | 'parent'>;

/** A fork of this prefix, to be gone on with. */
export const forkOf = (prefix: ConversationBuilder, fork: Fork = {}, parent = storyId): ConversationBuilder =>
  prefix.handling({ type: 'ForkConversation', parent: { conversationId: parent, version: prefix.state.version }, ...fork });

export const aFork = (
  id: string,
  story: ConversationBuilder,
  prefix: ConversationBuilder,
  changed: Partial<RecordedConversation> = {},
): RecordedConversation => {
  const at = prefix.state.version;
  return aMember(story, { id, inherited: at, parent: { id: storyId, at }, ...changed });
};
