// The auditor can fail: evidence of real simulations, each with one thing in it changed that must not be.

import type { LogEntry, Recorded } from '@turnlog/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createCoverage } from '../coverage.ts';
import { simulate } from '../simulate.ts';
import { audit } from './audit.ts';
import type { Evidence, Message } from './evidence.ts';
import { asRecorded, isErased } from './reading.ts';

const seeds = 24;
const evidences: Evidence[] = [];
beforeAll(async () => {
  for (let seed = 1; seed <= seeds; seed++) evidences.push((await simulate(seed)).evidence);
}, 120_000);

/** Undefined where there is nothing of the kind to change. */
type Tamper = (evidence: Evidence) => Evidence | undefined;

const withLog = (evidence: Evidence, log: readonly LogEntry[] | undefined): Evidence | undefined =>
  log && { ...evidence, log, conversations: asRecorded(log) };

/** Changes the first event for which there is a change. */
const changingEvent =
  (change: (event: Recorded) => Recorded | undefined): Tamper =>
  (evidence) => {
    const index = evidence.log.findIndex(({ event }) => change(event) !== undefined);
    const entry = evidence.log[index];
    const event = entry && change(entry.event);
    return entry && event && withLog(evidence, evidence.log.with(index, { ...entry, event }));
  };

/** Changes the first message in the histories for which there is a change. */
const changingMessage =
  (change: (message: Message) => Message | undefined): Tamper =>
  (evidence) => {
    for (const [id, replay] of evidence.replays) {
      if (!replay.histories.flat().some((message) => change(message))) continue;
      const histories = replay.histories.map((messages) => messages.map((message) => change(message) ?? message));
      return { ...evidence, replays: new Map(evidence.replays).set(id, { ...replay, histories }) };
    }
    return undefined;
  };

const forkedMayHave = 'The conversation was forked here while this call was under way: it may have happened or not.';

const tampered: readonly (readonly [what: string, rule: RegExp, tamper: Tamper])[] = [
  ['a version is left out', /^G1 versions/, (evidence) => withLog(evidence, evidence.log.toSpliced(5, 1))],
  [
    'a command id stands twice',
    /^G1 one command/,
    (evidence) => {
      const ids = new Set(evidence.log.flatMap(({ event }) => event.commandId ?? []));
      const [first] = ids;
      const log = evidence.log.map((entry) => ({ ...entry, event: { ...entry.event, commandId: first } as Recorded }));
      return withLog(evidence, log);
    },
  ],
  [
    'an outcome has another claim',
    /^G2 an outcome/,
    changingEvent((event) =>
      event.type === 'ModelResponded' ? { ...event, data: { ...event.data, claim: 'another' } } : undefined,
    ),
  ],
  [
    'a late outcome is shown',
    /^G2 late/,
    (evidence) => {
      const late = evidence.log.find(({ event }) => event.type === 'OutcomeSuperseded' && /<<\d+>>/.test(JSON.stringify(event)));
      const text = /<<\d+>>/.exec(JSON.stringify(late?.event))?.[0];
      return text === undefined
        ? undefined
        : {
            ...evidence,
            requests: evidence.requests.map((request) => ({ ...request, body: request.body.replace('You are', text) })),
          };
    },
  ],
  [
    'a tool ran once more',
    /^G3 a tool runs once|^G3 nothing is sent/,
    ({ effects, ...evidence }) => (effects[0] ? { ...evidence, effects: [...effects, effects[0]] } : undefined),
  ],
  [
    'a fork says of a call that had started that it was not executed',
    /^G3 a fork tells the truth/,
    changingMessage((message) =>
      message.content === forkedMayHave
        ? {
            ...message,
            content: 'The conversation was forked here before this call was made: it was not executed in this branch.',
          }
        : undefined,
    ),
  ],
  [
    'a call that ran is said not to have been made',
    /^G3 what the model reads as not made/,
    changingMessage((message) =>
      /^it was <<\d+>>$/.test(message.content ?? '') ? { ...message, content: 'The call was not made.' } : undefined,
    ),
  ],
  ['a reader missed an event', /^G4 /, (evidence) => ({ ...evidence, followed: evidence.followed.toSpliced(3, 1) })],
  [
    'an acknowledged write is nowhere',
    /^G5 /,
    ({ acknowledged: [first, ...others], ...evidence }) =>
      first && { ...evidence, acknowledged: [{ ...first, commandId: 'another' }, ...others] },
  ],
  [
    'a turn never ended',
    /^liveness/,
    (evidence) => {
      const last = evidence.log.findLastIndex(({ event }) => event.type === 'TurnCompleted');
      const [id, version] = [evidence.log[last]?.conversationId, evidence.log[last]?.event.version ?? 0];
      const log = evidence.log.filter((entry) => entry.conversationId !== id || entry.event.version < version);
      return last < 0 ? undefined : withLog(evidence, log);
    },
  ],
  [
    'a turn went on beyond its limit',
    /^limits/,
    changingEvent((event) =>
      event.type === 'ConversationStarted' ? { ...event, data: { ...event.data, limits: { maxCost: 1e-9 } } } : undefined,
    ),
  ],
  [
    'a pause was for a limit that was not reached',
    /^limits/,
    changingEvent((event) =>
      event.type === 'TurnPaused' ? { ...event, data: { ...event.data, reason: 'maxConversationCost', limit: 5 } } : undefined,
    ),
  ],
  [
    'a fork holds another past',
    /^a fork shares/,
    (evidence) => {
      const [id, events] =
        [...evidence.stored].find(([, all]) => !isErased(all) && all.some(({ type }) => type === 'ConversationForked')) ?? [];
      return id === undefined || events === undefined
        ? undefined
        : { ...evidence, stored: new Map(evidence.stored).set(id, events.toSpliced(1, 1)) };
    },
  ],
  [
    'something of an erased conversation is left',
    /^what was erased/,
    (evidence) => {
      const [id, events] = [...evidence.conversations].find(([, all]) => isErased(all)) ?? [];
      return id === undefined || events === undefined
        ? undefined
        : { ...evidence, stored: new Map(evidence.stored).set(id, events) };
    },
  ],
  [
    'verify finds a difference',
    /^verify/,
    (evidence) => ({ ...evidence, verdicts: new Map([...evidence.verdicts.keys()].map((id) => [id, 'differs'])) }),
  ],
  [
    'a call has two answers',
    /^every call/,
    (evidence) => {
      const [id, replay] =
        [...evidence.replays].find(([, { histories }]) => histories.at(-1)?.some(({ role }) => role === 'tool')) ?? [];
      const last = replay?.histories.at(-1) ?? [];
      const doubled = last.flatMap((message) => (message.role === 'tool' ? [message, message] : [message]));
      return id === undefined || replay === undefined
        ? undefined
        : { ...evidence, replays: new Map(evidence.replays).set(id, { ...replay, histories: [doubled] }) };
    },
  ],
];

describe('the auditor', () => {
  it('finds nothing where nothing was changed', () => {
    expect(evidences.flatMap((evidence) => audit(evidence, createCoverage()))).toEqual([]);
  });

  it.each(tampered)('notices that %s', (_, rule, tamper) => {
    const notices = (evidence: Evidence | undefined) =>
      evidence !== undefined && audit(evidence, createCoverage()).some((violation) => rule.test(violation));
    expect(evidences.some((evidence) => notices(tamper(evidence)))).toBe(true);
  });
});
