import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aConversation, aFailure, aTool, type ConversationBuilder, someSettings } from '../testing/conversation-builder.ts';
import { eventsOf, generateHistory } from '../testing/generate-history.ts';
import { environmentAt, given, recordAfter, storyId } from '../testing/given.ts';
import type { Command } from './commands.ts';
import { decide } from './decide.ts';
import { evolve, fold } from './evolve.ts';
import { renderHistory } from './model-request.ts';
import { openWork } from './open-work.ts';
import { type ConversationState, phaseOf } from './state.ts';
import { historyFault } from './valid-history.ts';

type Fork = Extract<Command, { type: 'ForkConversation' }>;

const forkAt = (version: number, change: Partial<Fork> = {}): Fork => ({
  type: 'ForkConversation',
  parent: { conversationId: storyId, version },
  ...change,
});

/** The state that a fork of this conversation begins with. */
const forkOf = ({ events }: ConversationBuilder, change: Partial<Fork> = {}, at = events.length): ConversationState =>
  given(...events.slice(0, at)).when(forkAt(at, change)).state;

const said = (state: ConversationState): readonly string[] =>
  renderHistory(state).messages.map(({ role, content }) => `${role}: ${content}`);

const parent = { conversationId: storyId, version: 1 };
const idle = aConversation({ systemPrompt: 'Be brief.' })
  .withTurn('one')
  .answered({ content: 'First.' })
  .withTurn('two')
  .answered({
    content: 'Second.',
  });
const calling = aConversation()
  .withTools([aTool('read'), aTool('pay', { approval: 'ask' })])
  .withTurn('go')
  .answered({
    calls: [
      ['read', '{"path":"a"}'],
      ['read', '{"path":"b"}'],
      ['pay', '{}'],
    ],
  });

describe('a fork', () => {
  it('begins with where it came from, and stays idle', () => {
    given(...aConversation().events)
      .when(forkAt(1))
      .then({ type: 'ConversationForked', data: { parent, supersede: false } });
  });

  it('starts the model with an input', () => {
    given(...aConversation().events)
      .when(forkAt(1, { input: 'hi' }))
      .then(
        { type: 'ConversationForked', data: { parent, supersede: false } },
        { type: 'TurnStarted', data: { turn: 1, input: 'hi' } },
        { type: 'StepScheduled', data: { turn: 1, step: 1, call: { kind: 'model' } } },
      );
  });

  it('has its place after the prefix, and numbers its turns and steps on', () => {
    const state = forkOf(idle, { input: 'three' });
    expect([state.turns, state.steps, state.version]).toEqual([3, 3, idle.state.version + 3]);
    expect(state.forkedFrom).toEqual({ conversationId: storyId, version: idle.state.version });
  });

  it('of no conversation, of a version that is not there, and of an erased one is refused', () => {
    given().when(forkAt(1)).thenRejected('not_found');
    given(...idle.events)
      .when(forkAt(99))
      .thenRejected('no_such_version');
    const erased = { type: 'ConversationErased', data: {}, version: 1, recordedAt: idle.now, schemaVersion: 1 } as const;
    given(erased).when(forkAt(1)).thenRejected('closed');
  });

  it('has another model, system prompt and other servers, whose tools are not listed yet', () => {
    const model = { ...someSettings().model, name: 'large', model: 'acme/large-1' };
    const state = forkOf(calling.returned('call_1_1', 'a'), { model, systemPrompt: 'Be rude.', servers: ['web'] });
    expect([state.model?.name, state.servers, state.tools]).toEqual(['large', ['web'], undefined]);
    expect(said(state)[0]).toBe('system: Be rude.');
    expect(said(forkOf(idle, { systemPrompt: 'Be rude.' })).slice(0, 2)).toEqual(['system: Be rude.', 'user: one']);
    expect(forkOf(calling).tools).toEqual(calling.state.tools);
  });

  it('has the tags of its parent and not its rating, nor what waited there', () => {
    const rated = idle
      .handling({ type: 'GiveFeedback', feedback: { rating: -1, tags: ['seen'] } })
      .withTurn('three')
      .withTurn('four', 'queue')
      .withTurn('five', 'steer');
    const state = forkOf(rated);
    expect([state.tags, state.rating, state.queued, phaseOf(state)]).toEqual([['seen'], undefined, [], 'idle']);
    expect(rated.state.rating).toBe(-1);
  });
});

describe('what was open where the fork was made', () => {
  const answers = (state: ConversationState) => said(state).filter((line) => line.startsWith('tool: '));

  it('is answered: not executed in this branch', () => {
    const state = forkOf(calling.returned('call_1_1', 'a'));
    expect(answers(state)).toEqual([
      'tool: a',
      ...Array(2).fill('tool: The conversation was forked here before this call was made: it was not executed in this branch.'),
    ]);
    expect([phaseOf(state), openWork(state)]).toEqual(['idle', []]);
  });

  it.each([
    ['that is under way', calling.started('call_1_1')],
    ['of unknown outcome', calling.failed(aFailure('lost'), { callId: 'call_1_1', sent: true })],
    [
      'that was sent and is due again',
      calling.failed(aFailure('lost'), { callId: 'call_1_1', sent: true }).decided('call_1_1', { decision: 'retry' }),
    ],
  ])('says of a call %s that it may have happened', (_, conversation) => {
    expect(answers(forkOf(conversation))[0]).toMatch(/it may have happened or not/);
  });

  it('says of a call whose attempt never reached the tool that it was not executed', () => {
    const retried = calling.failed(aFailure('unavailable'), { callId: 'call_1_1' });
    expect(retried.state.turn?.steps[0]).toMatchObject({ phase: 'due', attempt: 2 });
    expect(answers(forkOf(retried))[0]).toMatch(/not executed in this branch/);
  });

  it('is not waited for: the outcome that comes to the fork is superseded', () => {
    const started = calling.started('call_1_1');
    const state = forkOf(started);
    const [event] = decide(
      { type: 'RecordToolResult', step: 2, attempt: 1, claim: 'claim-2-1', result: { content: [], isError: false } },
      state,
      environmentAt(started.now),
    );
    expect(event?.type).toBe('OutcomeSuperseded');
  });

  it('is closed within one append too: after an answer, before its calls are steps', () => {
    const at = calling.events.findIndex(({ type }) => type === 'ModelResponded') + 1;
    expect(answers(forkOf(calling, {}, at))).toHaveLength(3);
  });
});

describe('an edit', () => {
  it('replaces the last user message, drops what follows it, and starts the model', () => {
    const state = forkOf(idle, { edit: { content: 'other' } });
    expect(said(state)).toEqual(['system: Be brief.', 'user: one', 'assistant: First.', 'user: other']);
    expect([phaseOf(state), state.title, state.turn?.turn]).toEqual(['running', 'one', 3]);
  });

  it('replaces the message before the version that is named', () => {
    const at = idle.events.findIndex(({ type, data }) => type === 'TurnStarted' && 'turn' in data && data.turn === 2);
    expect(said(forkOf(idle, { edit: { content: 'other' } }, at))).toEqual(['system: Be brief.', 'user: other']);
    expect(forkOf(idle, { edit: { content: 'other' } }, at).title).toBe('other');
  });

  it('replaces what was said while the turn was open, and keeps what was before it', () => {
    const steered = calling
      .withTurn('rather this', 'steer')
      .returned('call_1_1', 'a')
      .returned('call_1_2', 'b')
      .decided('call_1_3', { decision: 'reject' })
      .answered({ content: 'Done.' });
    expect(said(steered.state).slice(-2)).toEqual(['user: rather this', 'assistant: Done.']);
    const state = forkOf(steered, { edit: { content: 'or that' } });
    expect(said(state)).toEqual([...said(steered.state).slice(0, -2), 'user: or that']);
  });

  it('takes the open round with it', () => {
    expect(said(forkOf(calling.started('call_1_1'), { edit: { content: 'stay' } }))).toEqual(['user: stay']);
  });

  it('and an input are two turns', () => {
    const state = forkOf(idle, { edit: { content: 'other' }, input: 'more' });
    expect([said(state).at(-1), state.queued]).toEqual(['user: other', ['more']]);
  });

  it('without any user message is refused', () => {
    given(...aConversation().events)
      .when(forkAt(1, { edit: { content: 'x' } }))
      .thenRejected('nothing_to_edit');
  });
});

describe('a fork that supersedes', () => {
  it('says after which version its ancestors were left', () => {
    const at = idle.state.version;
    expect(forkOf(idle, { supersede: true }).forkedFrom?.supersededAfter).toBe(at);
    const edited = idle.events.findLast(({ type }) => type === 'TurnStarted')?.version ?? 0;
    const state = forkOf(idle, { supersede: true, edit: { content: 'x' } });
    expect(state.forkedFrom).toEqual({ conversationId: storyId, version: at, supersededAfter: edited - 1 });
    expect(forkOf(idle).forkedFrom).not.toHaveProperty('supersededAfter');
  });
});

describe('every version of every generated history', { timeout: 120_000 }, () => {
  const move = fc.record({ kind: fc.nat(15), a: fc.nat(99), b: fc.nat(99), ms: fc.nat(3_000) });
  const choice = fc.record(
    { systemPrompt: fc.constant('New.'), servers: fc.constant(['web']), input: fc.constant('next'), supersede: fc.boolean() },
    { requiredKeys: [] },
  );
  const histories = fc.tuple(fc.array(move, { minLength: 1, maxLength: 24, size: 'max' }), choice, fc.boolean());

  it('can be forked, and forked again; the history is valid, and nothing of the parent is under way', () => {
    fc.assert(
      fc.property(histories, ([moves, choices, edits]) => {
        const events = eventsOf(generateHistory(moves));
        for (let at = 1; at <= events.length; at += 1) {
          const prefix = fold(events.slice(0, at));
          const hasWords = renderHistory(prefix).messages.some(({ role }) => role === 'user');
          const command = forkAt(at, { ...choices, ...(edits && hasWords && { edit: { content: 'instead' } }) });
          const env = environmentAt(prefix.updatedAt);
          const forked = recordAfter(prefix, decide(command, prefix, env), env.now).reduce(evolve, prefix);
          const again = forkAt(forked.version);
          const twice = recordAfter(forked, decide(again, forked, env), env.now).reduce(evolve, forked);
          for (const state of [forked, twice]) {
            const fault = historyFault(renderHistory(state).messages);
            if (fault !== undefined) expect.fail(`fork at ${at}: ${fault}`);
          }
          const startsModel = command.input !== undefined || command.edit !== undefined;
          if (phaseOf(forked) !== 'paused') expect(phaseOf(forked)).toBe(startsModel ? 'running' : 'idle');
          expect(openWork(forked).every(({ step }) => step > prefix.steps)).toBe(true);
          expect(phaseOf(twice)).toBe('idle');
        }
      }),
      { numRuns: 150 },
    );
  });
});
