import { describe, expect, it } from 'vitest';
import { toTrace } from '../projections/trace.ts';
import { aConversation, aFailure, aTool, type ConversationBuilder } from '../testing/conversation-builder.ts';
import { given, storyId } from '../testing/given.ts';
import type { Command, McpLossCause } from './commands.ts';
import { renderHistory } from './model-request.ts';
import type { ConversationState } from './state.ts';

const open = (sessionId: string, server = 'files'): Command => ({ type: 'OpenMcpSession', server, sessionId });
const lose = (sessionId: string, cause: McpLossCause = 'worker_lost', server = 'files'): Command => ({
  type: 'LoseMcpSession',
  server,
  sessionId,
  cause,
});
const opened = (sessionId: string) => ({ type: 'McpSessionOpened' as const, data: { server: 'files', sessionId } });
const lost = (sessionId: string, cause: string = 'worker_lost') => ({
  type: 'McpSessionLost' as const,
  data: { server: 'files', cause, sessionId },
});

const tools = [aTool('read'), aTool('search', { server: 'web' })];
const asking = (
  input = 'go',
  from: ConversationBuilder = aConversation({ truncate: 12 }).withTools(tools),
): ConversationBuilder =>
  from.withTurn(input).answered({
    calls: [
      ['read', '{"path":"a"}'],
      ['search', '{}'],
    ],
  });
const callIds = ({ state }: ConversationBuilder) => (state.turn?.steps ?? []).flatMap(({ call }) => call?.callId ?? []);
/** Both calls of the open round return, in this order. */
const bothReturned = (story: ConversationBuilder): ConversationBuilder => {
  const [read = '', search = ''] = callIds(story);
  return story.returned(read, 'of files').returned(search, 'of web');
};
const results = (state: ConversationState): readonly unknown[] =>
  renderHistory(state).messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []));
const note = (why: string) =>
  `[The session with the server files was lost: ${why}. What it held is gone; this result is of a new session.]\n`;
const workerDied = note('the worker that held it died');

describe('an MCP session', () => {
  it('is opened once, however often that is said', () => {
    given(...aConversation().events)
      .when(open('s1'))
      .then(opened('s1'));
    given(...aConversation().handling(open('s1')).events)
      .when(open('s1'))
      .thenNothingHappened();
  });

  it('is lost once, with its cause', () => {
    const held = aConversation().handling(open('s1'));

    given(...held.events)
      .when(lose('s1', 'idle'))
      .then(lost('s1', 'idle'));
    given(...held.handling(lose('s1')).events)
      .when(lose('s1'))
      .thenNothingHappened();
  });

  it('is not lost where another one is open by now, or where it never began', () => {
    given(...aConversation().events)
      .when(lose('s1'))
      .thenNothingHappened();
    given(...aConversation().handling(open('s2')).events)
      .when(lose('s1'))
      .thenNothingHappened();
  });

  it('takes the place of one of which nobody could say that it was lost', () => {
    given(...aConversation().handling(open('s1')).events)
      .when(open('s2'))
      .then(lost('s1'), opened('s2'));
  });

  it('of one server says nothing of another', () => {
    given(...aConversation().handling(open('s1')).handling(open('s2', 'web')).events)
      .when(lose('s1'))
      .then(lost('s1'));
  });

  it('may be lost while nothing is under way, and while a turn waits', () => {
    const waiting = asking().handling(open('s1')).handling(lose('s1'));

    expect(waiting.state.mcpSessions).toEqual({ open: [], untold: [{ server: 'files', cause: 'worker_lost' }] });
    expect(waiting.state.turn?.steps).toHaveLength(2);
  });
});

describe('a lost MCP session', () => {
  it('is told to the model with the next result of its server, whole, and once', () => {
    const before = bothReturned(asking('go', aConversation({ truncate: 5 }).withTools(tools).handling(open('s1'))));
    const after = bothReturned(asking('on', before.answered({ content: 'Done.' }).handling(lose('s1')).handling(open('s2'))));
    const again = bothReturned(asking('more', after.answered({ content: 'Done.' })));

    const cut = 'of fi\n[truncated: 5 of 8 characters]';
    const cutWeb = 'of we\n[truncated: 5 of 6 characters]';
    expect(results(before.state)).toEqual([cut, cutWeb]);
    expect(results(after.state)).toEqual([cut, cutWeb, workerDied + cut, cutWeb]);
    expect(results(again.state).slice(4)).toEqual([cut, cutWeb]);
    expect(toTrace(storyId, after.state).messages.at(-2)?.content).toBe(workerDied + cut);
  });

  it('is not told by a call that was refused, could not be made, or may have happened', () => {
    const story = asking().handling(open('s1')).handling(lose('s1'));
    const [read = ''] = callIds(story);

    const failed = story.failed(aFailure('not_configured'), { callId: read });

    expect(failed.state.mcpSessions.untold).toHaveLength(1);
  });

  it.each<[McpLossCause, string]>([
    ['worker_lost', 'the worker that held it died'],
    ['worker_stopped', 'the worker that held it was stopped'],
    ['server_ended', 'the server ended it'],
    ['idle', 'it was not used for too long'],
    ['lifetime', 'it had lived as long as it may'],
    ['too_many', 'its place was needed'],
  ])('by %s is told in words', (cause, words) => {
    const story = bothReturned(asking().handling(open('s1')).handling(lose('s1', cause)));

    expect(results(story.state)[0]).toBe(`${note(words)}of files`);
  });

  it('is told again where the turn that told it was rolled back', () => {
    const told = bothReturned(asking('one', asking().handling(open('s1')).handling(lose('s1')).cancelled()));
    const rolledBack = told.withTurn('two', 'rollback');

    expect(told.state.mcpSessions.untold).toEqual([]);
    expect(rolledBack.state.mcpSessions.untold).toEqual([{ server: 'files', cause: 'worker_lost' }]);
  });
});

describe('a fork', () => {
  const held = bothReturned(asking().handling(open('s1')).handling(open('s2', 'web'))).answered({ content: 'Done.' });
  const forkOf = (story: ConversationBuilder, change: Partial<Extract<Command, { type: 'ForkConversation' }>> = {}) =>
    given(...story.events).when({
      type: 'ForkConversation',
      parent: { conversationId: storyId, version: story.events.length },
      ...change,
    }).state;

  it('inherits no MCP session, and its model is told so', () => {
    const fork = forkOf(held);

    expect(fork.mcpSessions).toEqual({
      open: [],
      untold: [
        { server: 'files', cause: 'forked' },
        { server: 'web', cause: 'forked' },
      ],
    });
  });

  it('says nothing of a session whose results it does not show', () => {
    const fork = forkOf(held, { edit: { content: 'go elsewhere' } });

    expect(fork.mcpSessions).toEqual({ open: [], untold: [] });
  });

  it('tells again what the part that it drops had told', () => {
    const told = bothReturned(asking('again', held.handling(lose('s1')))).answered({ content: 'Done.' });

    const fork = forkOf(told, { edit: { content: 'go elsewhere' } });

    expect(fork.mcpSessions.untold).toEqual([
      { server: 'files', cause: 'worker_lost' },
      { server: 'web', cause: 'forked' },
    ]);
  });

  it('that plays a cassette calls no server, so there is nothing to tell', () => {
    const fork = forkOf(held, { replay: { mode: 'cassette', source: storyId, through: 3 } });

    expect(fork.mcpSessions).toEqual({ open: [], untold: [] });
  });
});
