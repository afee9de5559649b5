// Ids that the engine derives from state, so that deciding needs no generator and a retry finds the same id.

/** The engine's own id of the `ordinal`-th call (from 1) that model step `step` asked for. */
export const callIdOf = (step: number, ordinal: number): string => `call_${step}_${ordinal}`;

/** The same for every attempt of a call: a tool server of one's own can refuse the second one. */
export const effectIdOf = (conversationId: string, callId: string): string => `${conversationId}/${callId}`;
