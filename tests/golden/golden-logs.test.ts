// Logs of every version replay for ever, and a byte that was changed in one is found.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type EventType,
  eventTypes,
  evolve,
  historyFault,
  initialState,
  type Recorded,
  renderHistory,
  toModelRequest,
  verifyConversation,
} from '@turnlog/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  files,
  folder,
  type GoldenLog,
  goldenLogs,
  isFrozen,
  sumOf,
  sums,
  traceText,
  versions,
  viewText,
} from './golden-logs.ts';
import { tellStories } from './stories.ts';
import { sha256 } from './story.ts';

const logs = goldenLogs();
const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
const verify = ({ id }: GoldenLog, events: readonly Recorded[]) => verifyConversation(id, events, { sha256 });

/** Events that no log of the latest version holds, and why. */
const withoutLog: Readonly<Partial<Record<EventType, string>>> = {};

describe('golden logs', () => {
  it('are there, and none was changed since it was left', () => {
    expect(versions()).toEqual(expect.arrayContaining(['v1', 'v2']));
    expect([...sums().keys()]).toEqual(files().filter(isFrozen).sort());
    for (const [file, sum] of sums()) expect([file, sumOf(file)]).toEqual([file, sum]);
  });

  it('hold every event that the engine makes', () => {
    const held = new Set(logs.flatMap(({ events }) => events.map(({ type }) => type)));

    const missing = eventTypes.filter((type) => !held.has(type));

    expect(missing.sort()).toEqual(Object.keys(withoutLog).sort());
  });

  it.each(logs)('$name is verified, or known to be erased, with every request that it recorded', (log) => {
    const recorded = log.events.filter((event) => event.type === 'AttemptStarted' && event.data.request !== undefined).length;
    const verdict = log.events.some(({ type }) => type === 'ConversationErased') ? 'erased' : 'verified';

    expect(verify(log, log.events)).toMatchObject({ verdict, at: log.events.length, requests: recorded });
  });

  it.each(logs)('$name is rendered as a valid history at every version', ({ events }) => {
    let state = initialState;
    for (const event of events) {
      state = evolve(state, event);
      expect([event.version, historyFault(renderHistory(state).messages)]).toEqual([event.version, undefined]);
    }
  });

  it.each(logs)('$name is projected to the same trace, to the byte', (log) => {
    expect(traceText(log)).toBe(read(`${log.name}.trace.json`));
  });

  it.each(logs)('$name is shown as it was (meant otherwise? `node tests/golden/write.mjs`, and look at what changes)', (log) => {
    expect(viewText(log)).toBe(read(`${log.name}.view.json`));
  });

  it('are told again the same, to the byte', async () => {
    const told = async () =>
      Promise.all((await tellStories()).map(async (story) => [story.name, JSON.stringify(await story.events())]));

    expect(await told()).toEqual(await told());
  });
});

/** The recorded requests as texts, rendered from the prefixes; as far as the events can be folded. */
const bodiesOf = (events: readonly Recorded[]): ReadonlyMap<number, string | undefined> => {
  const bodies = new Map<number, string | undefined>();
  let state = initialState;
  try {
    for (const event of events) {
      if (event.type === 'AttemptStarted' && event.data.request !== undefined)
        bodies.set(event.version, toModelRequest(state, event.data.request.renderer));
      state = evolve(state, event);
    }
  } catch {
    // What cannot be folded has no further request.
  }
  return bodies;
};

/** The version of the first recorded request whose bytes are others. */
const firstOtherRequest = (before: readonly Recorded[], after: readonly Recorded[]): number | undefined => {
  const changed = bodiesOf(after);
  return [...bodiesOf(before)].find(([version, body]) => changed.get(version) !== body)?.[0];
};

/** The paths of a value that another one has otherwise, or not: `data.message.content`. */
const pathsOf = (a: unknown, b: unknown, path = ''): readonly string[] => {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b) ? [] : [path.slice(1)];
  const at = (value: object, key: string): unknown => (value as Record<string, unknown>)[key];
  return Object.keys(a).flatMap((key) => pathsOf(at(a, key), at(b, key), `${path}.${/^\d+$/.test(key) ? 'n' : key}`));
};

/** What no request is made of: a change of it alters no byte that a model was sent. */
const outsideRequests = [
  /^(recordedAt|commandId|causation|correlation)$/,
  /^data\.(claim|worker|effectId|digest|failure|retryAt|sent|partial|policy|reason|metadata|tags|limits|approval|servers|cause)\b/,
  /^data\.(finishReason|usage|reportedModel|responseId|tokens|warnings|outcome|rating|comment|correction|supersede|replay)\b/,
  /^data\.(attempt|step|turn|limit|reached|fromQueue|editedTurn|parent|decision)\b/,
  /^data\.(server|sessionId|taskId|elicitation)$/,
  // Both renderers give the same bytes where nothing needs the newer one.
  /^data\.request\.renderer$/,
  /^data\.model\.(name|price|profile)\b/,
  /^data\.message\.(reasoning|reasoningField|toolCalls\.n\.providerId)$/,
  /^data\.call\.(kind|callId|name|server|tool|arguments)$/,
  /^data\.tools\.n\.(server|tool|outputSchema|annotations|trusted|approval|onUnknownOutcome|digest|inputSchema\.\$schema)\b/,
  /^data\.result\.(isError|content\.n\.(name|mimeType|data|type)|structuredContent)\b/,
];

/** The last version that a model was told about: what comes later is part of no recorded request. */
const lastRequest = (log: GoldenLog): number => Math.max(0, ...bodiesOf(log.events).keys());

const asked = logs.filter((log) => lastRequest(log) > 0);
const printable = (code: number): string => String.fromCharCode(32 + (code % 95));

describe('a byte that was changed in a golden log', () => {
  it('is found at the first version that differs, or belongs to no request', { timeout: 60_000 }, () => {
    const counts = { found: 0, unread: 0, outside: 0 };
    const place = fc.record({ log: fc.nat(asked.length - 1), line: fc.nat(1_000), byte: fc.nat(100_000), to: fc.nat(94) });
    fc.assert(
      fc.property(place, ({ log: index, line, byte, to }) => {
        const log = asked[index] as GoldenLog;
        const at = line % lastRequest(log);
        const bytes = Buffer.from(log.lines[at] ?? '');
        bytes[byte % bytes.length] = printable(to).charCodeAt(0);
        const event = parsed(bytes.toString('utf8'));
        if (event === undefined) return void counts.unread++;
        const paths = pathsOf(log.events[at], event);
        if (paths.length === 0) return;
        const changed = log.events.map((known, place) => (place === at ? event : known));
        const { verdict, difference } = verify(log, changed);
        const first = firstOtherRequest(log.events, changed);
        if (verdict === 'verified') {
          counts.outside++;
          expect(first).toBeUndefined();
          for (const path of paths) expect([path, isOutside(log, at, path)]).toEqual([path, true]);
          return;
        }
        counts.found++;
        expect(difference?.version).toBeGreaterThanOrEqual(at + 1);
        expect(difference?.version).toBeLessThanOrEqual(first ?? difference?.version ?? 0);
        if (difference?.kind === 'request' && difference.version !== at + 1) expect(difference.version).toBe(first);
      }),
      { numRuns: 2_000 },
    );
    expect(counts.found).toBeGreaterThan(200);
    expect(counts.outside).toBeGreaterThan(50);
  });

  it.each(asked)('of $name is named at the first request that tells the model of it', (log) => {
    const bodies = [...bodiesOf(log.events)];
    let named = 0;
    for (const [mark, places] of marksOf(log)) {
      const [at, ...others] = places;
      const teller = bodies.find(([, body]) => body?.includes(JSON.stringify(mark).slice(1, -1)))?.[0];
      if (at === undefined || others.length > 0 || teller === undefined) continue;
      const event: Recorded = JSON.parse((log.lines[at] ?? '').replace(mark, mark.replace(/.»$/, '?»')));
      const changed = log.events.map((known, place) => (place === at ? event : known));
      expect([mark, verify(log, changed).difference?.version, verify(log, changed).difference?.kind]).toEqual([
        mark,
        teller,
        'request',
      ]);
      named++;
    }
    expect(named).toBeGreaterThan(0);
  });

  it.each(asked)('of the hashes that $name recorded is named where it stands', (log) => {
    for (const version of bodiesOf(log.events).keys()) {
      const line = log.lines[version - 1] ?? '';
      const changed = log.events.map((known, place) =>
        place === version - 1
          ? JSON.parse(line.replace(/("sha256":")(.)/, (_, key, digit) => key + (digit === '0' ? '1' : '0')))
          : known,
      );
      expect(verify(log, changed).difference).toMatchObject({ version, kind: 'request' });
    }
  });
});

const parsed = (line: string): Recorded | undefined => {
  try {
    return JSON.parse(line);
  } catch {
    // Who reads the log cannot pass over it either.
    return undefined;
  }
};

/** The texts in guillemets, each unique in what it says, with the lines that hold it. */
const marksOf = ({ lines }: GoldenLog): ReadonlyMap<string, readonly number[]> => {
  const marks = new Map<string, readonly number[]>();
  for (const [index, line] of lines.entries())
    for (const [mark] of line.matchAll(/«[^»\\]+»/g)) marks.set(mark, [...(marks.get(mark) ?? []), index]);
  return marks;
};

/** A listing that another one replaces before a model was asked, or settings that a fork replaces. */
const isReplaced = ({ events }: GoldenLog, at: number): boolean => {
  const type = events[at]?.type;
  const replacing = type === 'ToolsListed' ? 'ToolsListed' : type === 'ConversationStarted' ? 'ConversationForked' : undefined;
  const next = events
    .slice(at + 1)
    .find((event) => event.type === replacing || (event.type === 'AttemptStarted' && event.data.request));
  return replacing !== undefined && next?.type === replacing;
};

const isOutside = (log: GoldenLog, at: number, path: string): boolean =>
  outsideRequests.some((outside) => outside.test(path)) ||
  (cutTexts.test(path) && log.lines[0]?.includes('"truncate":') === true) ||
  (path.endsWith('.toolCalls.n.arguments') && log.events.some(({ type }) => type === 'ToolCallEdited')) ||
  // What a server asks and is told is between it and the user, and its sessions are named to the model only once they are lost.
  /^(Elicitation|ToolTask|ToolInputRequired|McpSession)/.test(log.events[at]?.type ?? '') ||
  // Both renderers give most requests the same bytes.
  path === 'data.request.renderer' ||
  // Its turn begins with words of its own.
  log.events[at]?.type === 'TurnQueued' ||
  isUnheard(log, at) ||
  isReplaced(log, at);

/** What the model reads only the beginning of, in a conversation that truncates. */
const cutTexts = /^data\.(message|result\.content\.n\.(text|uri|resource\..*))$/;

/** Words that no request holds: they waited, or left the history before a model heard them. */
const isUnheard = (log: GoldenLog, at: number): boolean => {
  const marks = [...(log.lines[at] ?? '').matchAll(/«[^»\\]+»/g)].map(([mark]) => mark);
  const bodies = [...bodiesOf(log.events)].filter(([version]) => version > at + 1);
  return marks.length > 0 && !marks.some((mark) => bodies.some(([, body]) => body?.includes(mark)));
};
