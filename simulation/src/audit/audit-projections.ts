// G7, G8 and the histories: what the engine makes of the log is the same everywhere, and valid for every provider.

import { isDeepStrictEqual } from 'node:util';
import type { Evidence, Message } from './evidence.ts';
import type { Findings } from './findings.ts';
import { isErased } from './reading.ts';

export const auditProjections = (evidence: Evidence, findings: Findings): void => {
  const { replays, remembered, requests, conversations, verdicts } = evidence;
  for (const [id, events] of conversations)
    findings.check(
      'verify comes to what was recorded, or says erased',
      verdicts.get(id) === (isErased(events) ? 'erased' : 'verified'),
      () => `verify says of ${id}: ${verdicts.get(id)}`,
    );
  for (const { process, conversationId, version, state, trace } of remembered) {
    // One that never came to be.
    if (version === 0) continue;
    const replay = replays.get(conversationId);
    findings.check(
      'G7 replay equals what every process remembers',
      isDeepStrictEqual(state, replay?.states[version]),
      () => `${process} remembers another version ${version} of ${conversationId} than the log gives`,
    );
    if (replay === undefined || version !== replay.states.length - 1) continue;
    findings.check(
      'G8 a trace is a function of the log',
      trace === replay.trace,
      () => `${process} makes another trace of ${conversationId} than a replay`,
    );
  }
  for (const [id, { histories }] of replays)
    for (const [version, messages] of histories.entries()) checkHistory(`${id} at version ${version}`, messages, findings);
  for (const { body } of requests) checkHistory('a request', (JSON.parse(body) as { messages: Message[] }).messages, findings);
};

/** Each call is answered once, right after the message that asked for it. */
const checkHistory = (where: string, messages: readonly Message[], findings: Findings): void => {
  let asked = new Set<string>();
  let fault = '';
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      if (!asked.delete(message.tool_call_id ?? ''))
        fault ||= `message ${index} answers ${message.tool_call_id}, which nobody asked or has been answered`;
      continue;
    }
    if (asked.size > 0) fault ||= `message ${index} comes before the answers of ${[...asked].join(', ')}`;
    const ids = (message.tool_calls ?? []).map(({ id }) => id);
    asked = new Set(ids);
    if (asked.size !== ids.length) fault ||= `message ${index} uses a call id twice`;
  }
  if (asked.size > 0) fault ||= `${[...asked].join(', ')} has no answer`;
  const isTest = messages.some(({ tool_calls: calls }) => calls !== undefined);
  const answered = isTest ? findings.check : findings.must;
  answered('every call in every history is answered once', fault === '', () => `${where}: ${fault}`);
};
