export type { Command, Environment, WhileBusy } from './conversation/commands.ts';
export { decide } from './conversation/decide.ts';
export * from './conversation/events.ts';
export { evolve, fold } from './conversation/evolve.ts';
export * from './conversation/failure.ts';
export { effectIdOf } from './conversation/ids.ts';
export * from './conversation/messages.ts';
export {
  type ChatMessage,
  type ChatTool,
  chatTool,
  rendererVersion,
  renderHistory,
  reservedParams,
  toModelRequest,
} from './conversation/model-request.ts';
export { type OpenWork, openWork, workChange } from './conversation/open-work.ts';
export { react } from './conversation/react.ts';
export type { ReceivedMessage, ReceivedModelAnswer } from './conversation/received.ts';
export * from './conversation/settings.ts';
export * from './conversation/state.ts';
export { parseArguments } from './conversation/tool-arguments.ts';
export type { Entry, ToolAnswer, Transcript } from './conversation/transcript.ts';
export { historyFault } from './conversation/valid-history.ts';
export * from './errors.ts';
export { type EraseResult, eraseConversation, type ForksOfErased } from './event-sourcing/erase-conversation.ts';
export type { Append, AppendResult, EventStore, LogCursor, LogEntry } from './event-sourcing/event-store.ts';
export { createEngine, type Engine, type EngineDependencies, type Envelope, type Handled } from './event-sourcing/handle.ts';
export { createInMemoryConversationList } from './event-sourcing/in-memory-conversation-list.ts';
export { createInMemoryEventStore, type InMemoryEventStore } from './event-sourcing/in-memory-event-store.ts';
export { createInMemoryWorkLedger } from './event-sourcing/in-memory-work-ledger.ts';
export type { Recorded } from './event-sourcing/recorded-event.ts';
export * from './ports/conversation-list.ts';
export * from './ports/erasure.ts';
export * from './ports/job-queue.ts';
export * from './ports/live-feed.ts';
export * from './ports/tool-catalogue.ts';
export * from './ports/work-ledger.ts';
export { type ConversationDiff, type DiffMessage, diffConversations } from './projections/conversation-diff.ts';
export { type ConversationView, viewConversation, type WaitingFor, waitingFor } from './projections/conversation-view.ts';
export { type FamilyMember, type ForkFamily, findForkFamily } from './projections/fork-family.ts';
export { type ConversationSummary, summarize } from './projections/summary.ts';
export { type Trace, toTrace, traceName, traceTimestamp } from './projections/trace.ts';
export { type ProjectReport, projectConversation } from './replay/project-conversation.ts';
export { type Difference, type VerifyReport, verifyConversation } from './replay/verify-conversation.ts';
