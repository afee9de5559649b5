import { createInMemoryMcpSessionLedger, type Engine, type McpSessionLedger } from '@turnlog/core';
import { pino } from 'pino';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { HeldSessions } from '../ports/tool-host.ts';
import { createWorkerStory } from '../testing/worker-story.ts';
import { createMcpSessions, type McpSessions, type Seat } from './mcp-sessions.ts';

const ttlMs = 6_000;
const limits = { idleMs: 1_000, lifetimeMs: 60_000, maxSessions: 2 };
const outside = {
  models: { call: () => Promise.reject(new Error('no model here')) },
  tools: {
    list: async () => ({ type: 'listed' as const, tools: [], warnings: [] }),
    call: () => Promise.reject(new Error('no tool here')),
    close: async () => {},
  },
};

let ids = 0;
const until = (fact: () => void | Promise<void>) => vi.waitFor(fact, { timeout: 30_000, interval: 5 });

/** Servers that a test opens and breaks by hand. */
const createHolder = () => {
  const open = new Set<string>();
  const ended: string[] = [];
  const left: string[] = [];
  const holder: HeldSessions = {
    isOpen: (id) => open.has(id),
    lastWords: () => '',
    end: async (id) => {
      open.delete(id);
      ended.push(id);
    },
    leave: async (id) => {
      open.delete(id);
      left.push(id);
    },
  };
  return { holder, open, ended, left };
};

const createStory = () => {
  const story = createWorkerStory(outside);
  const ledger = createInMemoryMcpSessionLedger(story.ledger, story.now);
  const started = Date.parse(story.now());
  const worker = async (
    workerId: string,
    change: { engine?: Pick<Engine, 'handle' | 'load'>; ledger?: McpSessionLedger } = {},
  ) => {
    const held = createHolder();
    const sessions = createMcpSessions({
      workerId,
      engine: story.engine,
      ledger,
      holder: held.holder,
      limitsOf: (server) => (server === 'shared' ? undefined : limits),
      resumableMs: limits.idleMs,
      newSessionId: () => {
        ids += 1;
        return `session-${ids}`;
      },
      elapsedMs: () => Date.parse(story.now()) - started,
      log: pino({ level: 'silent' }),
      ...change,
    });
    await story.ledger.renewLease(workerId, ttlMs);
    sessions.renewing(ttlMs)();
    return { ...held, sessions };
  };
  const seat = (sessions: McpSessions, conversationId: string = story.conversationId) =>
    sessions.seat({ conversationId, server: 'desk' });
  const told = async (conversationId: string = story.conversationId) =>
    (await story.engine.load(conversationId, { fresh: true })).mcpSessions;
  const losses = async () =>
    (await story.events()).flatMap(({ type, data }) => (type === 'McpSessionLost' ? [(data as { cause: string }).cause] : []));
  return { ...story, worker, sessionLedger: ledger, seat, told, losses };
};

type Worker = Awaited<ReturnType<ReturnType<typeof createStory>['worker']>>;

const here = (seat: Seat) => {
  if (seat.type !== 'here') throw new Error(`The seat is ${seat.type}.`);
  return seat;
};
/** A call as the tool host makes it: the server starts, the log is told, the call is made. */
const callIn = async (
  { sessions, open }: Pick<Worker, 'sessions' | 'open'>,
  conversationId: string,
  during: (id: string) => void | Promise<void> = () => {},
  how: { isStateless: boolean; resume?: string } = { isStateless: false },
): Promise<string> => {
  const { session, leave } = here(await sessions.seat({ conversationId, server: 'desk' }));
  open.add(session.id);
  await session.opened(how);
  await during(session.id);
  await leave();
  return session.id;
};

let story: ReturnType<typeof createStory>;
let a: Worker;
let b: Worker;
beforeEach(async () => {
  story = createStory();
  await story.start();
  a = await story.worker('a');
  b = await story.worker('b');
});

describe('a seat', () => {
  it('is anywhere for a server that all share', async () => {
    expect(await a.sessions.seat({ conversationId: story.conversationId, server: 'shared' })).toEqual({ type: 'shared' });
  });

  it('is where the first call was made, and stays there', async () => {
    const first = await callIn(a, story.conversationId);
    const second = await callIn(a, story.conversationId);

    expect(second).toBe(first);
    expect(await story.seat(b.sessions)).toEqual({ type: 'elsewhere', worker: 'a' });
    expect(await story.told()).toEqual({ open: [{ server: 'desk', sessionId: first }], untold: [] });
  });

  it('is one for calls that come at once', async () => {
    const seats = await Promise.all([story.seat(a.sessions), story.seat(a.sessions), story.seat(b.sessions)]);

    expect(seats.map((seat) => (seat.type === 'here' ? seat.session.id : seat.type))).toEqual([
      here(seats[0] as Seat).session.id,
      here(seats[0] as Seat).session.id,
      'elsewhere',
    ]);
  });

  it('is free again where the server could not start, and nothing was lost', async () => {
    const { leave } = here(await story.seat(a.sessions));
    await leave();

    expect(here(await story.seat(b.sessions)).type).toBe('here');
    expect(await story.losses()).toEqual([]);
  });
});

describe('a session', () => {
  it('that its server ended is in the log before its call is', async () => {
    const first = await callIn(a, story.conversationId, (id) => void a.open.delete(id));

    expect(await story.losses()).toEqual(['server_ended']);
    expect(a.ended).toEqual([first]);
    expect(await callIn(b, story.conversationId)).not.toBe(first);
  });

  it.each([
    ['idle', limits.idleMs],
    ['lifetime', limits.lifetimeMs],
  ])('ends by its %s limit, and not while a call is under way', async (cause, ms) => {
    const id = await callIn(a, story.conversationId, async () => {
      story.pass(ms);
      await a.sessions.tick();
      expect(a.ended).toEqual([]);
    });
    story.pass(cause === 'idle' ? ms : 0);
    await a.sessions.tick();

    await until(async () => expect(await story.losses()).toEqual([cause]));
    expect(a.ended).toEqual([id]);
  });

  it('of a worker that is gone is lost once, whoever finds it', async () => {
    const id = await callIn(a, story.conversationId);
    await story.ledger.endLease('a');
    const c = await story.worker('c');

    const gone = await Promise.all([b.sessions.loseOrphans(), c.sessions.loseOrphans(), story.seat(b.sessions)]);

    expect(gone.slice(0, 2).flat()).toContain('a');
    expect(await story.losses()).toEqual(['worker_lost']);
    expect((await story.told()).open).toEqual([]);
    expect(await callIn(b, story.conversationId)).not.toBe(id);
  });

  it('keeps its place until the log has been told', async () => {
    let isAway = false;
    const away = await story.worker('away', {
      engine: {
        load: story.engine.load,
        handle: (...args) => (isAway ? Promise.reject(new Error('away')) : story.engine.handle(...args)),
      },
    });
    const id = await callIn(away, story.conversationId);
    isAway = true;
    story.pass(limits.idleMs);
    await away.sessions.tick();
    await until(() => expect(away.ended).toEqual([id]));
    await expect(story.seat(away.sessions)).rejects.toThrow('away');

    isAway = false;
    await away.sessions.tick();

    await until(async () => expect(await story.losses()).toEqual(['idle']));
    expect(away.ended).toEqual([id]);
    expect(await callIn(away, story.conversationId)).not.toBe(id);
  });

  it('of a conversation that was erased ends without a word', async () => {
    const id = await callIn(a, story.conversationId);
    await story.engine.handle({ type: 'EraseConversation' }, { conversationId: story.conversationId, commandId: 'erase' });

    expect(a.sessions.has(story.conversationId)).toBe(true);
    await a.sessions.endThoseOf(story.conversationId);

    expect(a.ended).toEqual([id]);
    expect(a.sessions.has(story.conversationId)).toBe(false);
    expect(await story.sessionLedger.orphaned(10, 0)).toEqual([]);
  });

  it('at a server that keeps nothing is not in the log, and cannot be lost', async () => {
    await callIn(a, story.conversationId, () => {}, { isStateless: true });
    await a.sessions.stop();

    expect(await story.types()).not.toContain('McpSessionOpened');
    expect(await story.losses()).toEqual([]);
  });
});

describe('too many sessions', () => {
  const conversation = async (id: string, input?: string) => {
    const { settings } = await story.engine.load(story.conversationId).then((state) => ({
      settings: { model: state.model!, servers: ['desk'], limits: {}, metadata: {}, tags: [] },
    }));
    await story.engine.handle(
      { type: 'StartConversation', settings, ...(input !== undefined && { input }) },
      { conversationId: id, commandId: 'start' },
    );
    return id;
  };

  it('cost the conversation without an open turn its session that used it longest ago', async () => {
    const [busy, idle, next] = [story.conversationId, await conversation('idle'), await conversation('next')];
    await callIn(a, busy);
    story.pass(1);
    const spared = await callIn(a, idle);

    await callIn(a, next);

    expect(a.ended).toEqual([spared]);
    expect((await story.told(idle)).untold).toEqual([{ server: 'desk', cause: 'too_many' }]);
    expect((await story.told(busy)).untold).toEqual([]);
  });

  it('let the next one wait, or go elsewhere, while all are in use', async () => {
    await callIn(a, story.conversationId);
    await callIn(a, await conversation('also busy', 'go'));
    const next = await conversation('next', 'go');

    const seats = await Promise.all([story.seat(a.sessions, next), story.seat(a.sessions, next)]);

    const failure = { kind: 'rate_limited', message: expect.stringContaining('maxSessions'), retryAfterMs: expect.any(Number) };
    expect(seats).toMatchObject([
      { type: 'full', failure },
      { type: 'full', failure },
    ]);
    expect(a.ended).toEqual([]);
    expect(here(await story.seat(b.sessions, next)).type).toBe('here');
  });
});

describe('a worker whose lease has ended', () => {
  it('ends its sessions and takes no other, until it has a lease again', async () => {
    const id = await callIn(a, story.conversationId);
    a.sessions.renewing(0)();
    await until(() => expect(a.ended).toEqual([id]));
    await expect(story.seat(a.sessions)).rejects.toThrow(/lease/);

    a.sessions.renewing(ttlMs)();

    await until(async () => expect(await story.losses()).toEqual(['worker_lost']));
    expect(await callIn(a, story.conversationId)).not.toBe(id);
  });

  it('makes no first call in a session that was being opened', async () => {
    const { session, leave } = here(await story.seat(a.sessions));
    a.sessions.renewing(0)();
    await until(() => expect(a.ended).toHaveLength(1));

    await expect(session.opened({ isStateless: false })).rejects.toThrow(/ended/);
    await leave();
    expect(await story.types()).not.toContain('McpSessionOpened');
  });

  it('lets go of a session that can be resumed, and goes on with it later', async () => {
    const resumable = { isStateless: false, resume: 'how' };
    const id = await callIn(a, story.conversationId, () => {}, resumable);
    a.sessions.renewing(0)();
    await until(() => expect(a.left).toEqual([id]));
    a.sessions.renewing(ttlMs)();

    const again = here(await story.seat(a.sessions));

    expect(again.session).toMatchObject({ id, resume: 'how' });
    expect(await story.losses()).toEqual([]);
  });
});

describe('a worker that stops', () => {
  it('loses its sessions, and says so itself', async () => {
    await callIn(a, story.conversationId);
    await a.sessions.stop();

    expect(await story.losses()).toEqual(['worker_stopped']);
    expect(here(await story.seat(b.sessions)).type).toBe('here');
  });

  it('leaves what can be resumed to the others', async () => {
    const id = await callIn(a, story.conversationId, () => {}, { isStateless: false, resume: 'how' });
    await a.sessions.stop();
    await story.ledger.endLease('a');

    const resumed = here(await story.seat(b.sessions));

    expect([a.left, a.ended]).toEqual([[id], []]);
    expect(resumed.session).toMatchObject({ id, resume: 'how' });
    await resumed.leave();
    expect(b.left).toEqual([id]);
    expect(await story.losses()).toEqual([]);
  });
});
