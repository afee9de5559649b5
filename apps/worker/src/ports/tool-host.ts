// The way to MCP servers. Every way a call can end is a value; only a bug throws.

import type { Elicited, EventOf, Failure, Progress, Question, Tool, ToolResult } from '@turnlog/core';

export type ToolListing =
  | { readonly type: 'listed'; readonly tools: readonly Tool[]; readonly warnings: readonly string[] }
  | { readonly type: 'failed'; readonly server: string; readonly failure: Failure };

/** The MCP session of one conversation in which a call is made. */
export interface SessionOfCall {
  readonly id: string;
  /** How to go on with it where this host does not hold it. */
  readonly resume?: string;
  /** Awaited before the first call in it is sent; where it rejects, the session ends and nothing is sent. */
  opened(session: { readonly isStateless: boolean; readonly resume?: string }): Promise<void>;
}

/** The sessions that a host holds for conversations, by id. */
export interface HeldSessions {
  /** False once the process or the MCP session behind it is gone, and where it never was. */
  isOpen(id: string): boolean;
  /** What its server said last on stderr: bounded, and without secrets. */
  lastWords(id: string): string;
  /** Ends the session: its process, or the MCP session at the server. Resolves when it is gone. */
  end(id: string): Promise<void>;
  /** Lets go of a session that another worker can resume. */
  leave(id: string): Promise<void>;
}

export interface ToolCallRequest {
  readonly conversationId: string;
  readonly server: string;
  /** The tool's own name on its server. */
  readonly tool: string;
  readonly arguments: Record<string, unknown>;
  /** The same for every attempt of this call; sent in `_meta` so that a server of one's own can de-duplicate. */
  readonly effectId: string;
  /** Of a server whose sessions belong to one conversation each. */
  readonly session?: SessionOfCall;
  /** Puts what the server asks in the middle of the call to the user. Rejects where nobody can answer any longer. */
  readonly elicit?: (question: Question, signal: AbortSignal) => Promise<Elicited>;
  /** What the server says of how far it has come. Must not throw. */
  readonly onProgress?: (progress: Progress) => void;
  /** Where the tool can be called as a task. */
  readonly task?: TaskOfCall;
  /** Of a call that its server wanted sent again. */
  readonly input?: RequiredInput;
}

/** As which the server works on the call, while nobody needs to wait. */
export interface TaskOfCall {
  /** `required`: the tool cannot be called in another way. */
  readonly support: 'optional' | 'required';
  /** The task of an earlier attempt: it is gone on with, and nothing is called. */
  readonly resume?: string | undefined;
  /** Awaited before the task is asked for anything. */
  started(taskId: string): Promise<void>;
  /** Whether nobody will go on with the task, so that it can be cancelled. */
  isGivenUp(taskId: string): Promise<boolean>;
}

export interface RequiredInput {
  /** The server's own, as it came. */
  readonly requestState?: string;
  readonly responses: Readonly<Record<string, Elicited>>;
}

export type ToolOutcome =
  | { readonly type: 'returned'; readonly result: ToolResult }
  /** The server asks the user before it goes on: the call is to be sent again, by whoever, with the answers. */
  | {
      readonly type: 'input_required';
      readonly requests: EventOf<'ToolInputRequired'>['data']['requests'];
      readonly requestState?: string;
    }
  /** Nothing reached the tool: trying again is safe for every tool. */
  | { readonly type: 'not_sent'; readonly failure: Failure }
  /** The call was sent and no answer came: the tool may have run. */
  | { readonly type: 'unknown'; readonly failure: Failure };

export interface ToolHost {
  /** Lists the tools of these servers, in this order, with names mapped to what models accept. */
  list(servers: readonly string[], signal: AbortSignal): Promise<ToolListing>;
  call(request: ToolCallRequest, signal: AbortSignal): Promise<ToolOutcome>;
  /** Ends every server process and session. Calling it twice is safe. */
  close(): Promise<void>;
}
