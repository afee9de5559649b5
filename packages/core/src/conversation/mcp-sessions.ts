// MCP sessions that belong to a conversation: a browser, a shell, whatever a server keeps in memory for it. What the log must
// know of them is when one began, when it was lost, and whether the model has been told: it believes its pages are still open.

import type { Recorded } from '../event-sourcing/recorded-event.ts';
import type { Command } from './commands.ts';
import type { ConversationEvent, EventOf } from './events.ts';
import { answerStep } from './evolve-turn.ts';
import { type ConversationState, findStep, findTool } from './state.ts';
import { entriesOf, type McpSessionLoss, type Transcript } from './transcript.ts';

type Of<T extends Recorded['type']> = Extract<Recorded, { type: T }>;
type Asked<T extends Command['type']> = Extract<Command, { type: T }>;

const sessionOf = ({ mcpSessions }: ConversationState, server: string) =>
  mcpSessions.open.find((session) => session.server === server);

/** Whoever opens a session knows that an earlier one is gone, even where nobody lived to say so. */
export const openMcpSession = (
  { server, sessionId }: Asked<'OpenMcpSession'>,
  state: ConversationState,
): readonly ConversationEvent[] => {
  const open = sessionOf(state, server);
  if (open?.sessionId === sessionId) return [];
  const opened: ConversationEvent = { type: 'McpSessionOpened', data: { server, sessionId } };
  return open === undefined ? [opened] : [lost({ ...open, cause: 'worker_lost' }), opened];
};

/** Nothing was lost where that session is not the one that is open. */
export const loseMcpSession = (
  { server, sessionId, cause }: Asked<'LoseMcpSession'>,
  state: ConversationState,
): readonly ConversationEvent[] =>
  sessionOf(state, server)?.sessionId === sessionId ? [lost({ server, sessionId, cause })] : [];

const lost = ({ server, sessionId, cause }: EventOf<'McpSessionLost'>['data']): ConversationEvent => ({
  type: 'McpSessionLost',
  data: { server, cause, ...(sessionId !== undefined && { sessionId }) },
});

export const sessionOpened = (state: ConversationState, { data }: Of<'McpSessionOpened'>): ConversationState => {
  const { open, untold } = state.mcpSessions;
  const opened = { server: data.server, ...(data.sessionId !== undefined && { sessionId: data.sessionId }) };
  return { ...state, mcpSessions: { open: [...without(open, data.server), opened], untold } };
};

export const sessionLost = (state: ConversationState, { data: { server, cause } }: Of<'McpSessionLost'>): ConversationState => {
  const { open, untold } = state.mcpSessions;
  return { ...state, mcpSessions: { open: without(open, server), untold: [...without(untold, server), { server, cause }] } };
};

/** The first result that a server gives after its session was lost tells the model so. */
export const toolReturned = (state: ConversationState, event: Of<'ToolReturned'>): ConversationState => {
  const { result, step } = event.data;
  const { open, untold } = state.mcpSessions;
  const loss = untold.find(({ server }) => server === findStep(state, step)?.call?.server);
  if (loss === undefined) return answerStep(state, event, { type: 'returned', result });
  const told = answerStep(state, event, { type: 'returned', result, lostSession: loss });
  return { ...told, mcpSessions: { open, untold: without(untold, loss.server) } };
};

/** What leaves the rendered history takes with it what it said of lost sessions: that is said again. */
export const untoldAgain = (
  { open, untold }: ConversationState['mcpSessions'],
  transcript: Transcript | undefined,
  kept: Transcript | undefined,
): ConversationState['mcpSessions'] => {
  let again = untold;
  for (let link = transcript; link !== undefined && link !== kept; link = link.before) {
    const loss = lossIn(link);
    if (loss !== undefined && !again.some(({ server }) => server === loss.server)) again = [...again, loss];
  }
  return { open, untold: again };
};

const lossIn = ({ entry }: Transcript): McpSessionLoss | undefined =>
  entry.kind === 'tool' && entry.answer.type === 'returned' ? entry.answer.lostSession : undefined;

/** A fork inherits no session: to a model whose history shows results of one, it is lost. A cassette calls no server. */
export const forkedSessions = (
  state: ConversationState,
  kept: Transcript | undefined,
  isCassette: boolean,
): ConversationState['mcpSessions'] => {
  if (isCassette) return { open: [], untold: [] };
  const { open, untold } = untoldAgain(state.mcpSessions, state.transcript, kept);
  const heard = new Set(entriesOf(kept).flatMap((entry) => (entry.kind === 'tool' ? findTool(state, entry.name)?.server : [])));
  const left = open.filter(({ server }) => heard.has(server)).map(({ server }) => ({ server, cause: 'forked' }));
  const leftServers = new Set(left.map(({ server }) => server));
  return { open: [], untold: [...untold.filter(({ server }) => !leftServers.has(server)), ...left] };
};

const without = <T extends { readonly server: string }>(list: readonly T[], server: string): readonly T[] =>
  list.filter((one) => one.server !== server);
