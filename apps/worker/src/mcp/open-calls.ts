// The calls that are under way on one connection. A server of the 2025 era that asks the user something does not say for which
// call: over HTTP the stream that its question came in tells, over stdio only what is under way.

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Elicited, Question } from '@turnlog/core';
import type { ToolCallRequest } from '../ports/tool-host.ts';
import type { CallClock } from './call-clock.ts';

export interface OpenCalls {
  /** `work` makes the call: what comes in by the streams that it opens belongs to this call. */
  during<T>(request: ToolCallRequest, clock: CallClock, work: () => Promise<T>): Promise<T>;
  /** Puts a question to the conversation whose call it belongs to; dismissed where that cannot be known. */
  ask(question: Question, signal: AbortSignal): Promise<Elicited>;
}

interface OpenCall {
  /** All that are under way on its connection. */
  readonly among: ReadonlySet<OpenCall>;
  readonly request: ToolCallRequest;
  readonly clock: CallClock;
  readonly ended: AbortController;
  /** The questions of a call are asked one after the other. */
  last: Promise<unknown>;
  asking: number;
}

const dismissed: Elicited = { action: 'cancel' };

/** One for all connections: Node 20 keeps every storage that was ever used, and visits each of them for every promise. */
const current = new AsyncLocalStorage<OpenCall>();

export function createOpenCalls(log: (message: string) => void): OpenCalls {
  const open = new Set<OpenCall>();

  /** Of several calls of one conversation, the one that was sent first and has not asked. Nobody may read what is meant for others. */
  function callOf(): OpenCall | undefined {
    const known = current.getStore();
    if (known?.among === open) return open.has(known) ? known : undefined;
    const calls = [...open];
    const conversations = new Set(calls.map(({ request }) => request.conversationId));
    if (conversations.size > 1) {
      const servers = calls[0]?.request.server ?? '';
      log(
        `MCP server "${servers}" asks something while it works for several conversations, and does not say for which: dismissed. With "scope": "conversation" each has a process of its own.`,
      );
      return undefined;
    }
    return calls.find(({ asking }) => asking === 0) ?? calls[0];
  }

  function enqueue(call: OpenCall, work: () => Promise<Elicited>): Promise<Elicited> {
    const asked = call.last.then(work);
    call.last = asked.catch(() => {});
    return asked;
  }

  return {
    async during(request, clock, work) {
      const call: OpenCall = { among: open, request, clock, ended: new AbortController(), last: Promise.resolve(), asking: 0 };
      open.add(call);
      try {
        return await current.run(call, work);
      } finally {
        open.delete(call);
        call.ended.abort(new Error('the call has ended'));
      }
    },
    async ask(question, signal) {
      const call = callOf();
      const elicit = call?.request.elicit;
      if (call === undefined || elicit === undefined) return dismissed;
      const stop = AbortSignal.any([signal, call.ended.signal]);
      call.asking += 1;
      try {
        return await call.clock.during(() => enqueue(call, () => elicit(question, stop)));
      } finally {
        call.asking -= 1;
      }
    },
  };
}
