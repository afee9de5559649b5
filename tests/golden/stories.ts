// The conversations of which this version of the engine leaves logs. Together they hold every event that it makes, and of each
// event the shapes that a reader must not stumble over.

import { type EventOf, planReplay, type Tool } from '@turnlog/core';
import { beginStory, type Settings, type Story, sha256, text } from './story.ts';

const aTool = (name: string, more: Partial<Tool> = {}): Tool => ({
  name,
  server: 'desk',
  tool: name,
  description: `Tool «${name}» of the desk.`,
  inputSchema: { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', properties: { path: { type: 'string' } } },
  trusted: false,
  digest: sha256(JSON.stringify([name, more])),
  ...more,
});

const tools = (...listed: readonly Tool[]) => ({
  type: 'RecordTools' as const,
  servers: ['desk'],
  tools: listed,
  warnings: ['desk: the tool broken was left out'],
});

const model = (more: Partial<Settings['model']> = {}): Settings['model'] => ({
  name: 'small',
  model: 'acme/small-1',
  params: { temperature: 0.25, seed: 7 },
  profile: { sendReasoning: 'none', sendReasoningOf: 'turn', emptyContent: 'empty', streamUsage: true, splitThink: true },
  ...more,
});

const settings = (more: Partial<Settings> = {}): Settings => ({
  model: model(),
  servers: ['desk'],
  limits: { maxSteps: 50, maxWallMs: 3_600_000, maxIdenticalCalls: 3 },
  metadata: {},
  tags: [],
  ...more,
});

const calls = (...asked: readonly (readonly [name: string, raw: string])[]) =>
  asked.map(([name, raw], index) => ({ providerId: `provider-${index}`, name, arguments: raw }));

const usage = { promptTokens: 120, completionTokens: 30, reasoningTokens: 10, cachedTokens: 64 };

/** Parallel calls: approved, edited, rejected, refused for three reasons; raw arguments as models write them; other tools later. */
const toolsAndApprovals = async (): Promise<readonly Story[]> => {
  const story = await beginStory('tools-and-approvals', 1, {
    type: 'StartConversation',
    settings: settings({
      systemPrompt: 'Be brief: «system».',
      approval: { pay: 'ask', write: 'ask', send: 'ask', forbidden: 'never' },
      truncate: 40,
      metadata: { ticket: 7, nested: { a: [1, null, 'ü'] } },
      tags: ['golden'],
    }),
    input: 'Look, pay, write and send: «first input» 😀',
  });
  const listed = ['look', 'pay', 'write', 'send', 'forbidden'].map((name) => aTool(name));
  await story.tell(tools(...listed));
  await story.says({
    content: 'I shall: «plan».',
    toolCalls: calls(
      ['look', ''],
      ['look', '{"path": "b\\u00e9"}'],
      ['pay', '{"path":"«pay me»"}'],
      ['write', '{"path":"«before the edit»"}'],
      ['send', '{"path":"«rejected call»"}'],
      ['forbidden', '{}'],
      ['no_such_tool', '{}'],
      ['look', '{"path": «not json'],
    ),
    usage,
    reportedModel: 'acme/small-1-0612',
    responseId: 'resp-1',
    warnings: ['a fragment was dropped'],
    tokens: { ids: [1, 2, 3], logprobs: [{ token: 'I', logprob: -0.5 }] },
  });
  await story.returns('call_1_2', 'a result that is longer than forty characters: 😀😀😀😀 «cut here»');
  await story.decides('call_1_3', { decision: 'approve' });
  await story.tell(
    tools(...listed.slice(0, 3), aTool('write', { description: 'Writes «other description».' }), ...listed.slice(4)),
  );
  await story.tell(tools(...listed));
  await story.decides('call_1_4', { decision: 'edit', arguments: '{"path":"«after the edit»"}', reason: '«why it was edited»' });
  await story.decides('call_1_5', { decision: 'reject', reason: '«why it was rejected»' });
  await story.returns('call_1_1', {
    content: [
      { type: 'text', text: '«structured and text»' },
      { type: 'image', data: 'aGVsbG8=', mimeType: 'image/png' },
      { type: 'resource_link', uri: 'file:///a', name: 'a' },
      { type: 'resource', resource: { uri: 'file:///b', text: 'inner' } },
    ],
    structuredContent: { n: 1 },
    isError: false,
  });
  await story.returns('call_1_4', text('«it is an error»', true));
  await story.returns('call_1_3', { content: [], structuredContent: { paid: '«structured alone»' }, isError: false });
  await story.says({ content: 'All done: «final».', usage });
  await story.tell({ type: 'GiveFeedback', feedback: { step: 1, rating: -1, correction: '«say it so»' } });
  await story.tell({ type: 'GiveFeedback', feedback: { turn: 1, rating: 0, tags: ['reviewed'] } });
  await story.tell({ type: 'GiveFeedback', feedback: { rating: 1, comment: '«well done»' } });
  const { version } = await story.state();
  const round = (await story.events()).find(({ type }) => type === 'ToolCallRejected')?.version ?? 0;
  const edited = await story.forks('fork-edited', 2, {
    parent: { conversationId: story.id, version },
    model: model({ name: 'large', model: 'acme/large-1' }),
    systemPrompt: 'Be thorough: «other system».',
    servers: [],
    edit: { content: '«edited input»' },
    input: '«and another»',
    supersede: true,
  });
  await edited.says({ content: '«edited answer»' });
  const middle = await story.forks('fork-of-open-calls', 3, {
    parent: { conversationId: story.id, version: round },
    input: '«from the middle»',
  });
  await middle.says({ content: '«middle answer»' });
  return [story, edited, middle];
};

const failure = (kind: EventOf<'TurnFailed'>['data']['failure']['kind'], message = `It was ${kind}.`) => ({ kind, message });

/** Retries, partial answers, lost and unknown calls with every decision, outcomes that came too late, a turn that failed. */
const failuresAndUnknownOutcomes = async (): Promise<readonly Story[]> => {
  const story = await beginStory('failures-and-unknown-outcomes', 4, {
    type: 'StartConversation',
    settings: settings({
      model: model({ profile: { ...model().profile, emptyContent: 'null', parallelToolCalls: true, streamUsage: false } }),
    }),
    input: '«try it»',
  });
  await story.tell({
    type: 'AbandonAttempt',
    step: 1,
    attempt: 1,
    failure: failure('unavailable', 'The tools cannot be listed.'),
  });
  await story.tell(
    tools(
      ...['one', 'two', 'three', 'four'].map((name) => aTool(name)),
      aTool('told', { onUnknownOutcome: 'tell' }),
      aTool('again', { onUnknownOutcome: 'retry' }),
    ),
  );
  await story.fails({ ...failure('rate_limited'), status: 429, retryAfterMs: 5_000 });
  await story.fails({ ...failure('stream_incomplete'), phase: 'idle' }, { sent: true, partial: 'Half a sent' });
  const late = await story.take();
  await story.tell({ type: 'RecordFailure', ...late, failure: failure('lost'), sent: true });
  await story.says({
    toolCalls: calls(...['one', 'two', 'three', 'four', 'told', 'again'].map((name) => [name, '{}'] as const)),
  });
  await story.tell({
    type: 'RecordModelAnswer',
    ...late,
    answer: { message: { content: '«too late»', toolCalls: calls(['one', '{}']) }, finishReason: 'tool_calls', usage },
  });
  await story.tell({
    type: 'RecordFailure',
    ...late,
    failure: failure('timeout'),
    sent: true,
    partial: { content: '«late and half»', toolCalls: [] },
  });
  const lostCall = await story.take('call_1_1');
  await story.fails(failure('lost'), { callId: 'call_1_1', sent: true });
  await story.fails(failure('timeout'), { callId: 'call_1_2', sent: true });
  await story.fails(failure('lost'), { callId: 'call_1_3', sent: true });
  await story.fails(failure('not_configured'), { callId: 'call_1_4' });
  await story.fails(failure('lost'), { callId: 'call_1_5', sent: true });
  await story.fails(failure('lost'), { callId: 'call_1_6', sent: true });
  await story.decides('call_1_1', { decision: 'retry', reason: 'I looked: nothing was there.' });
  await story.tell({ type: 'RecordToolResult', ...lostCall, result: text('«late result»') });
  await story.returns('call_1_1', '«second attempt»');
  await story.decides('call_1_2', { decision: 'resolve', result: text('«told by a person»') });
  await story.decides('call_1_3', { decision: 'tell' });
  await story.returns('call_1_6', '«again»');
  await story.fails({ ...failure('unauthorized'), status: 401 });
  await story.tell({ type: 'StartTurn', input: '«after the failure»' });
  await story.says({ content: '«it works now»' });
  return [story];
};

/** A second message in all its ways, cancelling, and every limit that a turn can meet. */
const busyAndLimits = async (): Promise<readonly Story[]> => {
  const story = await beginStory('busy-and-limits', 5, {
    type: 'StartConversation',
    settings: settings({
      model: model({ price: { input: 1, output: 2, cachedInput: 0.5 } }),
      limits: { maxSteps: 5, maxTokens: 1_000, maxCost: 1, maxIdenticalCalls: 2, maxWallMs: 600_000 },
    }),
    input: '«begin»',
  });
  await story.tell(tools(aTool('look')));
  await story.tell({ type: 'StartTurn', input: '«queued»', whileBusy: 'queue' });
  await story.tell({ type: 'StartTurn', input: '«steered»', whileBusy: 'steer' });
  await story.says({ content: '', toolCalls: calls(['look', '{"path":"«same»"}']), usage });
  await story.returns('call_1_1', '«same result»');
  await story.says({ content: '«the same again»', toolCalls: calls(['look', '{"path":"«same»"}']), usage });
  await story.returns('call_3_1', '«same result»');
  await story.tell({ type: 'ResumeTurn' });
  await story.says({ content: '«a sixth step»', toolCalls: calls(['look', '{"path":"«other»"}']), usage });
  await story.tell({ type: 'ResumeTurn', limits: { maxSteps: 8 } });
  await story.returns('call_5_1', '«other result»');
  await story.says({ content: '«enough»', usage });
  // The turn that waited has begun.
  await story.take();
  await story.tell({ type: 'StartTurn', input: '«interrupting»', whileBusy: 'interrupt' });
  await story.take();
  await story.tell({ type: 'StartTurn', input: '«instead of it»', whileBusy: 'rollback' });
  await story.says({ content: '«looking»', toolCalls: calls(['look', '{"path":"a"}'], ['look', '{"path":"b"}']), usage });
  await story.take('call_10_1');
  await story.tell({ type: 'CancelTurn', reason: '«not needed»' });
  await story.tell({ type: 'StartTurn', input: '«after the cancel»' });
  await story.says({
    content: '«spends»',
    toolCalls: calls(['look', '{"path":"c"}']),
    usage: { promptTokens: 900, completionTokens: 200 },
  });
  await story.tell({ type: 'ResumeTurn', limits: { maxTokens: 5_000 } });
  await story.returns('call_13_1', '«c»');
  await story.says({ content: '«spent»' });
  return [story];
};

/** Reasoning that is sent back, contents that are hard to carry, and the same performed again from its recordings. */
const reasoningAndCassette = async (): Promise<readonly Story[]> => {
  const thinking = model({
    name: 'thinker',
    model: 'acme/thinker-2',
    profile: { ...model().profile, sendReasoning: 'reasoning_content', sendReasoningOf: 'all' },
  });
  const story = await beginStory('reasoning', 6, {
    type: 'StartConversation',
    settings: settings({ model: thinking, systemPrompt: 'Think: \u0000 and \ud83d «lone half», \u2028 too.' }),
    input: '«think»',
  });
  await story.tell(
    tools(aTool('look', { trusted: true, annotations: { readOnlyHint: true, custom: 'kept' } as Tool['annotations'] })),
  );
  await story.says({
    reasoning: '«because»',
    reasoningField: 'reasoning_content',
    toolCalls: calls(['look', '{"path":"x"}'], ['look', '"{\\"path\\": \\"encoded twice\\"}"']),
    usage,
  });
  await story.returns('call_1_2', '«second first»');
  await story.returns('call_1_1', '«first second»');
  await story.says({ content: '«thought»', reasoning: '«so»', reasoningField: 'think', usage });
  await story.tell({ type: 'StartTurn', input: '«more»' });
  await story.says({ content: '«more thought»', reasoning: '«again»', reasoningField: 'reasoning', usage });
  const replay = planReplay(story.id, await story.events(), 'cassette');
  const cassette = await story.forks('cassette', 7, replay);
  await cassette.says({ toolCalls: calls(['look', '{ "path" : "x" }'], ['look', '{"path":"never recorded"}']) });
  await cassette.take('call_1_1');
  await cassette.returns('call_1_1', '«first second»');
  await cassette.tell({ type: 'StopReplay', step: 3 });
  return [story, cassette];
};

const imported = async (): Promise<readonly Story[]> => {
  const story = await beginStory('imported', 8, {
    type: 'ImportConversation',
    settings: settings({ systemPrompt: '«imported system»' }),
    tools: [aTool('look')],
    messages: [
      { role: 'user', content: '«from elsewhere»' },
      {
        role: 'assistant',
        content: null,
        reasoning: '«their reasoning»',
        toolCalls: [
          { id: 'x1', name: 'look', arguments: '{"path":"a"}' },
          { id: 'x2', name: 'look', arguments: 'broken' },
        ],
      },
      { role: 'tool', callId: 'x1', content: '«their result»' },
      { role: 'tool', callId: 'x2', content: '«their complaint»' },
      { role: 'assistant', content: '«their answer»', toolCalls: [] },
    ],
  });
  await story.tell({ type: 'StartTurn', input: '«goes on here»' });
  await story.says({ content: '«our answer»' });
  return [story];
};

const erased = async (): Promise<readonly Story[]> => {
  const story = await beginStory('erased', 9, { type: 'StartConversation', settings: settings(), input: '«to be forgotten»' });
  await story.says({ content: '«forgotten answer»' });
  const fork = await story.forks('detached-from-erased', 10, {
    parent: { conversationId: story.id, version: (await story.state()).version },
    input: '«lives on»',
  });
  await fork.says({ content: '«on its own»' });
  const gone = await fork.forks('erased-fork', 11, {
    parent: { conversationId: fork.id, version: 3 },
    systemPrompt: '«forgotten»',
  });
  await gone.erase();
  await story.erase();
  return [story, fork, gone];
};

/** Sessions, questions in both ways, a task that outlives its worker, arguments that do not fit, media, rewards. */
const serversThatAsk = async (): Promise<readonly Story[]> => {
  const seeing = model({ profile: { ...model().profile, toolMedia: ['image'], inlineRefs: true, dropFormats: true } });
  const story = await beginStory('servers-that-ask', 12, {
    type: 'StartConversation',
    settings: settings({ model: seeing }),
    input: '«ask me»',
  });
  await story.tell(tools(...['form', 'task', 'again', 'fits'].map((name) => aTool(name))));
  await story.fails({ ...failure('invalid_request'), status: 400, cause: 'stream_options_refused' });
  await story.says({
    toolCalls: calls(['form', '{}'], ['task', '{}'], ['again', '{}'], ['fits', '{"path":7}']),
    usage,
  });
  await story.tell({ type: 'OpenMcpSession', server: 'desk', sessionId: 'session-1' });
  const form = await story.take('call_1_1');
  const question = { message: '«which city?»', requestedSchema: { type: 'object', properties: { city: { type: 'string' } } } };
  await story.tell({ type: 'RequestElicitation', ...form, elicitation: 'question-1', question });
  await story.decides('call_1_1', { decision: 'accept', content: { city: '«Rome»' } });
  await story.tell({
    type: 'RecordToolResult',
    ...form,
    result: {
      content: [{ type: 'image', data: 'aGVsbG8=', mimeType: 'image/png' }],
      structuredContent: { n: 'x' },
      isError: false,
    },
    warnings: ['n: must be number'],
  });
  const task = await story.take('call_1_2');
  await story.tell({ type: 'RequestElicitation', ...task, elicitation: 'question-2', question });
  await story.tell({ type: 'VoidElicitation', ...task, elicitation: 'question-2', cause: 'expired' });
  await story.tell({ type: 'RecordTaskStarted', ...task, taskId: 'task-1' });
  await story.fails(failure('lost'), { callId: 'call_1_2', sent: true });
  await story.returns('call_1_2', '«done by the second worker»');
  const again = await story.take('call_1_3');
  const requests = [
    { key: 'city', ...question },
    { key: 'page', message: '«sign in»', url: 'https://example.org/' },
  ];
  await story.tell({ type: 'RecordInputRequired', ...again, requests, requestState: 'sealed' });
  await story.decides('call_1_3', { decision: 'decline' });
  await story.decides('call_1_3', { decision: 'dismiss' });
  await story.returns('call_1_3', '«without an answer»');
  await story.tell({ type: 'RefuseArguments', step: again.step + 1, attempt: 1, fault: '«path: must be string»' });
  await story.tell({ type: 'LoseMcpSession', server: 'desk', sessionId: 'session-1', cause: 'server_ended' });
  await story.says({ content: '«asked and told»', usage });
  await story.tell({ type: 'GiveFeedback', feedback: { turn: 1, reward: 0.5, grader: 'exact' } });
  return [story];
};

/** Told from the beginning at every call. */
export const tellStories = async (): Promise<readonly Story[]> =>
  (
    await Promise.all([
      toolsAndApprovals(),
      failuresAndUnknownOutcomes(),
      busyAndLimits(),
      reasoningAndCassette(),
      imported(),
      erased(),
      serversThatAsk(),
    ])
  ).flat();
