// The chat itself: a line in, what follows from it out, until the person leaves. All that it knows it has from the API.

import { copyFile } from 'node:fs/promises';
import type { CatalogueEntry, ConversationEvent, ConversationView, Recorded, WaitingFor } from '@turnlog/core';
import { ApiRefused, type TurnlogClient } from '../client/turnlog-client.ts';
import { createLiveView, type LiveView } from '../view/live-view.ts';
import { printable } from '../view/printable.ts';
import { askAboutCall } from './ask-about-call.ts';
import { type Branch, branchBefore, branchEdited, lastUserMessage, messageLines } from './branch.ts';
import { type ChatCommand, helpLines, readChatLine } from './chat-line.ts';
import { eventLines, eventText } from './event-lines.ts';
import { type FollowedConversation, followConversation } from './followed-conversation.ts';
import type { ChatInput } from './input/chat-input.ts';
import { raisedLimit } from './raised-limit.ts';
import { toolLines } from './tool-lines.ts';
import { createTraceKeeper } from './trace-keeper.ts';

export interface ChatOptions {
  readonly client: TurnlogClient;
  readonly input: ChatInput;
  /** What a new conversation is created with, besides its first input. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly traceDir: string;
  readonly showReasoning: boolean;
  /** The tools of the MCP servers, once each server has been listed. */
  readonly listedTools: () => Promise<readonly CatalogueEntry[]>;
  /** Makes a path of what the user typed. */
  readonly pathOf: (typed: string) => string;
  /** Aborts when the person wants to leave at once. */
  readonly leaving: AbortSignal;
  /** A worker that is not this chat's own has performed a step. */
  readonly isForeignWorker: (worker: string) => boolean;
}

export interface Chat {
  /** Until the person leaves; gives whether every turn went well. */
  converse(): Promise<boolean>;
  /** Stops the turn that is open, if one is. */
  interrupt(): void;
  /** The conversation and its trace file, as they were left. */
  close(): Promise<{ readonly id: string; readonly path: string | undefined } | undefined>;
}

const prompt = 'you  ';

export const createChat = (options: ChatOptions): Chat => {
  const { client, input, leaving } = options;
  const { terminal } = input;
  const typed = new Set<string>();
  /** Digests of tools whose calls need no question any more: a tool that changes has another one. */
  const agreed = new Set<string>();
  const digests = new Map<string, string>();
  let conversation: FollowedConversation | undefined;
  let phase: ConversationView['phase'] = 'idle';
  let isAnswering = false;
  let cancelling: Promise<void> | undefined;
  let wentWell = true;
  let hasWarned = false;

  let view: LiveView | undefined;
  const say = (text: string): void => (view === undefined ? terminal.line(text) : view.say(text));
  const hint = (text: string) => say(terminal.style('dim', text));
  const problem = (text: string) => {
    wentWell = false;
    say(terminal.style('red', text));
  };

  const open = (id: string, after: number) => {
    conversation?.close();
    const shown = createLiveView(terminal, { showReasoning: options.showReasoning, isOnScreen: (words) => typed.delete(words) });
    view = shown;
    const trace = createTraceKeeper(client, id, options.traceDir);
    conversation = followConversation({
      client,
      id,
      after,
      trace,
      onFollowed: (followed) => {
        // What streams past an open prompt comes whole with its event.
        if (followed.type === 'delta' && input.isAsking()) return;
        if (followed.type === 'event') noteEvent(followed.event);
        shown.show(followed);
      },
    });
    trace.note();
  };

  const noteEvent = (event: Recorded<ConversationEvent>) => {
    if (event.type === 'ToolsListed')
      for (const { server, tool, digest } of event.data.tools) digests.set(`${server} ${tool}`, digest);
    if (event.type !== 'AttemptStarted' || hasWarned || !options.isForeignWorker(event.data.worker)) return;
    hasWarned = true;
    const notice = `  ! Another Turnlog works on this log (${event.data.worker}) and takes steps of this chat, with its own models and servers. Stop it, or talk to it: --server URL`;
    say(terminal.style('yellow', notice));
  };

  const speak = async (text: string): Promise<void> => {
    typed.add(printable(text));
    if (conversation === undefined) open((await client.createConversation({ ...options.settings, input: text })).id, 0);
    else await client.startTurn(conversation.id, { input: text, ...(phase !== 'idle' && { whileBusy: 'interrupt' }) });
    await answer();
  };

  /** Follows the open turn to its end, deciding on the way what waits for the person. */
  const answer = async (): Promise<void> => {
    if (conversation === undefined) return;
    isAnswering = true;
    try {
      for (;;) {
        const view = await conversation.untilQuiet(leaving);
        phase = view.phase;
        const [waiting] = view.waitingFor ?? [];
        if (waiting === undefined) return sayEnd(view);
        await decide(conversation, waiting);
      }
    } finally {
      isAnswering = false;
    }
  };

  const decide = async (following: FollowedConversation, waiting: WaitingFor): Promise<void> => {
    const withdrawn = new AbortController();
    const signal = AbortSignal.any([leaving, withdrawn.signal]);
    const tool = digests.get(`${waiting.server} ${waiting.tool}`);
    const isAgreed = waiting.kind === 'approval' && waiting.actions.includes('approve') && tool !== undefined && agreed.has(tool);
    const asked = isAgreed
      ? Promise.resolve({ decision: 'approve', ...(waiting.digest !== undefined && { digest: waiting.digest }) })
      : askAboutCall(waiting, { input, signal, remember: () => tool !== undefined && agreed.add(tool) });
    const elsewhere = following.untilDecided(waiting, signal).then(() => withdrawn.abort(elsewhereReason));
    // Either of the two ends the other; what the loser says is of no interest any more.
    elsewhere.catch(() => {});
    try {
      const decision = await asked;
      if (decision === undefined) throw new InputEnded(`The input ended while ${waiting.tool} waits for a decision.`);
      await client.decide(following.id, waiting.callId, decision);
    } catch (error) {
      if (error === elsewhereReason) return;
      if (!(error instanceof ApiRefused)) throw error;
      say(terminal.style('yellow', `  ! ${error.message}`));
    } finally {
      withdrawn.abort(elsewhereReason);
    }
  };

  const sayEnd = ({ phase: now, pausedBy, limits, lastTurn }: ConversationView): void => {
    if (now === 'idle' && lastTurn?.end === 'failed') wentWell = false;
    if (now !== 'paused' || pausedBy === undefined) return;
    wentWell = false;
    hint(
      `/resume goes on with ${pausedBy} at ${raisedLimit(limits, pausedBy)}, /resume N with N. A new message drops this turn.`,
    );
  };

  const branch = async (wanted: Branch): Promise<void> => {
    if ('problem' in wanted || conversation === undefined) return problem('problem' in wanted ? wanted.problem : nothingYet);
    const left = { id: conversation.id, phase };
    const fork = await client.fork(left.id, wanted);
    // What was open there would wait for ever.
    if (left.phase !== 'idle') await client.cancel(left.id).catch(() => {});
    await conversation.trace.upToDate();
    open(fork.id, wanted.at);
    phase = 'idle';
    hint(`Forked. What you left stays in the log as ${left.id}.`);
    await answer();
  };

  const goBack = async (to: number | undefined): Promise<void> => {
    const { messages } = await viewed();
    if (to === undefined) for (const line of messageLines(messages, terminal.columns)) say(line);
    else await branch(branchBefore(messages, to));
  };

  const edit = async (text: string | undefined): Promise<void> => {
    const { messages } = await viewed();
    const last = lastUserMessage(messages);
    const edited = text ?? (last && (await input.ask('edit ', { prefill: last.content, isQuestion: true, signal: leaving })));
    if (edited?.trim() === '') return hint('Nothing was changed.');
    if (edited !== undefined) typed.add(printable(edited.trim()));
    await branch(branchEdited(messages, edited?.trim()));
  };

  const resume = async (limit: number | undefined): Promise<void> => {
    const { pausedBy, limits } = await viewed();
    if (conversation === undefined || pausedBy === undefined) return problem('No turn is paused.');
    await client.resume(conversation.id, { limits: { [pausedBy]: limit ?? raisedLimit(limits, pausedBy) } });
    await answer();
  };

  const rate = async ({ rating, comment }: Extract<ChatCommand, { type: 'rate' }>): Promise<void> => {
    const last = conversation && (await client.view(conversation.id)).lastTurn;
    if (conversation === undefined || last === undefined) return problem('No turn has ended yet.');
    await client.giveFeedback(conversation.id, { turn: last.turn, rating, ...(comment !== undefined && { comment }) });
    hint(`Turn ${last.turn} is rated ${rating}.`);
  };

  const viewed = async (): Promise<ConversationView | Pick<ConversationView, 'messages' | 'limits' | 'pausedBy'>> =>
    conversation === undefined ? { messages: [], limits: {} } : client.view(conversation.id);

  const listTools = async (): Promise<void> => {
    const offered = conversation === undefined ? [] : (await client.trace(conversation.id)).tools;
    for (const line of toolLines(offered, await options.listedTools(), terminal.columns)) say(line);
  };

  const listEvents = async (version: number | undefined): Promise<void> => {
    const events = conversation === undefined ? [] : await client.events(conversation.id);
    if (events.length === 0) return problem(nothingYet);
    const one = events.find((event) => event.version === version);
    if (version === undefined) for (const line of eventLines(events, terminal.columns)) say(line);
    else if (one === undefined) problem(`There are events 1 to ${events.length}.`);
    else say(eventText(one));
  };

  const save = async (path: string | undefined): Promise<void> => {
    const kept = await conversation?.trace.upToDate();
    if (kept === undefined) return problem(nothingYet);
    const copy = path === undefined ? undefined : options.pathOf(path);
    if (copy !== undefined) await copyFile(kept, copy);
    say(`Saved in ${copy ?? kept}`);
  };

  const obey = async (command: ChatCommand): Promise<void> => {
    switch (command.type) {
      case 'back':
        return goBack(command.to);
      case 'edit':
        return edit(command.text);
      case 'retry':
        return branch(branchEdited((await viewed()).messages));
      case 'rate':
        return rate(command);
      case 'resume':
        return resume(command.limit);
      case 'tools':
        return listTools();
      case 'events':
        return listEvents(command.version);
      case 'save':
        return save(command.path);
      case 'help':
        for (const line of helpLines()) say(line);
        return;
      case 'exit':
        return;
    }
  };

  /** False where the chat is to end. */
  const take = async (text: string): Promise<boolean> => {
    const line = readChatLine(text);
    if (line.type === 'exit') return false;
    try {
      if (line.type === 'message') await speak(line.text);
      else if (line.type === 'wrong') problem(line.message);
      else if (line.type !== 'nothing') await obey(line);
    } catch (error) {
      if (leaving.aborted) throw error;
      problem((error as Error).message);
      if (error instanceof InputEnded) return false;
    }
    return true;
  };

  return {
    converse: async () => {
      for (;;) {
        say('');
        const line = await input.ask(terminal.style(['bold', 'cyan'], prompt), { signal: leaving });
        if (line === undefined || !(await take(line))) return wentWell;
      }
    },
    interrupt: () => {
      if (!isAnswering || conversation === undefined) return hint('Ctrl-C again leaves.');
      hint('Stopping the turn; Ctrl-C again leaves.');
      cancelling = client.cancel(conversation.id).catch((error: Error) => {
        // Refused, it has ended meanwhile: that is what was wanted.
        if (!(error instanceof ApiRefused)) problem(error.message);
      });
    },
    close: async () => {
      await cancelling;
      conversation?.close();
      return conversation && { id: conversation.id, path: await conversation.trace.upToDate() };
    },
  };
};

const nothingYet = 'Nothing has been said yet.';
const elsewhereReason = new Error('It was decided elsewhere.');

class InputEnded extends Error {
  override readonly name = 'InputEnded';
}
