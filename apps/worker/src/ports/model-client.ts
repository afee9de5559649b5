// One try at a model call. Every way it can end is a value; only a bug throws.

import type { Failure, ReceivedMessage, ReceivedModelAnswer } from '@turnlog/core';

export type { ReceivedMessage };

/** A request as it goes on the wire: `body` is the exact JSON text whose hash `AttemptStarted` records. */
export interface ModelRequest {
  /** The name under which the operator configured the endpoint (`ModelSettings.name`). */
  readonly model: string;
  readonly body: string;
  readonly splitThink: boolean;
}

/** A live piece of an answer; decoration, never truth. */
export interface ModelDelta {
  readonly content?: string;
  readonly reasoning?: string;
  readonly toolCall?: { readonly index: number; readonly name?: string; readonly arguments?: string };
}

export type ModelOutcome =
  | ({ readonly type: 'responded' } & ReceivedModelAnswer)
  | {
      readonly type: 'failed';
      readonly failure: Failure;
      /** What had arrived before the failure. */
      readonly partial?: ReceivedMessage;
      /** What could not be kept of it. */
      readonly warnings?: readonly string[];
    };

export interface ModelClient {
  /** Performs one attempt. When `signal` aborts it resolves at once with a failure of kind `lost` and what had arrived. */
  call(request: ModelRequest, signal: AbortSignal, onDelta: (delta: ModelDelta) => void): Promise<ModelOutcome>;
}
