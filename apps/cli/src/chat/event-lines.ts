// The log as a list: one line an event.

import type { ConversationEvent, Recorded } from '@turnlog/core';
import { printable } from '../view/printable.ts';

export const eventLines = (events: readonly Recorded<ConversationEvent>[], width: number): readonly string[] => {
  const digits = String(events.at(-1)?.version ?? 0).length;
  return events.map((event) => {
    const { version, type, recordedAt } = event;
    const text = `${String(version).padStart(digits)}  ${recordedAt.slice(11, 19)}  ${type.padEnd(20)} ${gist(event)}`.trimEnd();
    return text.length > width ? `${text.slice(0, width - 1)}…` : text;
  });
};

interface Telling {
  readonly turn?: number;
  readonly step?: number;
  readonly attempt?: number;
  readonly call?: { readonly kind?: string; readonly name?: string; readonly arguments?: string };
  readonly input?: string;
  readonly failure?: { readonly message: string };
  readonly reason?: string;
  readonly server?: string;
  readonly tools?: readonly unknown[];
  readonly parent?: { readonly conversationId: string; readonly version: number };
}

/** What tells one event from the next. Contents are shown by `/events N`. */
const gist = ({ data }: Recorded<ConversationEvent>): string => {
  const { turn, step, attempt, call, input, failure, reason, server, tools, parent } = data as Telling;
  const parts = [
    ...(turn === undefined ? [] : [`turn ${turn}`]),
    ...(step === undefined ? [] : [`step ${step}`]),
    ...(attempt === undefined ? [] : [`attempt ${attempt}`]),
    ...(call === undefined ? [] : [call.name ?? `${call.kind} call`]),
    ...(parent === undefined ? [] : [`version ${parent.version} of ${parent.conversationId}`]),
    ...(tools === undefined ? [] : [`${tools.length} tool${tools.length === 1 ? '' : 's'}`]),
    ...[input, server, reason, failure?.message].filter((each) => each !== undefined),
  ];
  return printable(parts.join(' · ').replaceAll(/\s+/g, ' '));
};

export const eventText = (event: Recorded<ConversationEvent>): string => printable(JSON.stringify(event, null, 2));
