// The chat at a real terminal: what keys do.

import { readdir, readFile } from 'node:fs/promises';
import type { Trace } from '@turnlog/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ChatUnderTest, findTerminal, startChat } from './support/chat-under-test.ts';
import { createEngineUnderTest, type EngineUnderTest } from './support/engine-under-test.ts';

const inTerminal = findTerminal();
const esc = '\u001b';
const ctrlC = '\u0003';
const arrowUp = `${esc}[A`;
const pasted = (text: string) => `${esc}[200~${text}${esc}[201~`;
const prompt = /you {2}/;

describe.skipIf(inTerminal === undefined)('the chat at a terminal', () => {
  let engine: EngineUnderTest;
  beforeEach(async () => {
    engine = await createEngineUnderTest({
      scripts: {
        'first line': [{ reasoning: 'Two lines.', content: 'Both lines came.' }],
        'speak slowly': [{ content: 'one two three four five six seven eight nine ten', latency: 400 }],
        hello: [{ content: 'Hello to you.' }],
        'and then': [{}, {}, { content: 'Then came this.' }],
        'count once': [{ calls: [{ name: 'count' }] }, { content: 'Counted.' }],
      },
    });
  });
  afterEach(() => engine.end());

  const chat = (env: Record<string, string> = {}): ChatUnderTest =>
    startChat({
      args: [],
      cwd: engine.workspace.folder,
      env: { DATABASE_URL: engine.databaseUrl, TERM: 'xterm-256color', ...env },
      ...(inTerminal && { inTerminal }),
    });
  const trace = async (): Promise<Trace> => {
    const [file = ''] = await readdir(engine.workspace.path('traces'));
    return JSON.parse(await readFile(engine.workspace.path('traces', file), 'utf8'));
  };
  const leave = async (talk: ChatUnderTest) => {
    await talk.sees(prompt);
    talk.type('\u0004');
    expect(await talk.ended).toBe(0);
  };

  it('keeps the lines of a paste in one message, dims what the model thinks, and leaves at Ctrl-D', async () => {
    const talk = chat();
    await talk.sees(prompt);
    talk.type(pasted('first line\nsecond line\n'));
    await talk.sees(/first line↵second line/);
    talk.type('\r');
    await talk.sees(new RegExp(`${esc}\\[2mTwo lines`));
    await talk.sees(/Both lines came/);
    await leave(talk);
    expect((await trace()).messages.map(({ content }) => content)).toEqual(['first line\nsecond line', 'Both lines came.']);
  });

  it('stops the turn at Ctrl-C, brings back what was said with the arrow, and leaves at the second Ctrl-C', async () => {
    const talk = chat();
    await talk.sees(prompt);
    talk.type('speak slowly\r');
    await talk.sees(/one/);
    talk.type(ctrlC);
    await talk.sees(/Stopping the turn.*Cancelled\./s);
    await talk.sees(prompt);
    talk.type(`hello there\r`);
    await talk.sees(/Hello to you\./);
    await talk.sees(prompt);
    talk.type(arrowUp);
    await talk.sees(/hello there/);
    talk.type(arrowUp);
    await talk.sees(/speak slowly/);
    // A line that is cleared is no wish to leave.
    talk.type(ctrlC);
    await talk.sees(prompt);
    talk.type(ctrlC);
    await talk.sees(/Ctrl-C again leaves/);
    await talk.sees(prompt);
    talk.type(ctrlC);
    expect(await talk.ended).toBe(0);
    expect(talk.output()).toMatch(/Trace {9}\S+speak_slowly_\d{8}_\d{6}\.json/);
    expect((await trace()).messages.at(-1)).toMatchObject({ role: 'assistant', content: 'Hello to you.' });
  });

  it('leaves while the model speaks at two Ctrl-C, and the turn is over', async () => {
    const talk = chat();
    await talk.sees(prompt);
    talk.type('speak slowly\r');
    await talk.sees(/one/);
    talk.type(ctrlC);
    await talk.sees(/Ctrl-C again leaves/);
    talk.type(ctrlC);
    expect(await talk.ended).toBe(0);
  });

  it('keeps what is typed while the model speaks for the next prompt, and never takes it for an answer', async () => {
    const talk = chat();
    await talk.sees(prompt);
    // Typed ahead all at once: the second line is a message of its own, not the answer to the question that comes first.
    talk.type('count once\rand then\r');
    await talk.sees(/\[y\]es/);
    talk.type('n not now\r');
    await talk.sees(/refused: not now/);
    await talk.sees(/Counted\./);
    await talk.sees(/and then/);
    await talk.sees(/Then came this/);
    await leave(talk);
    expect((await trace()).messages.filter(({ role }) => role === 'user').map(({ content }) => content)).toEqual([
      'count once',
      'and then',
    ]);
  });

  it('uses no colours where they are refused', async () => {
    const talk = chat({ NO_COLOR: '1' });
    await talk.sees(prompt);
    talk.type('hello\r');
    await talk.sees(/model {2}Hello to you/);
    await leave(talk);
    expect(talk.output()).not.toMatch(new RegExp(`${esc}\\[[\\d;]*m`));
  });
});
