export type { McpServerConfig } from './mcp/mcp-server-config.ts';
export { createMcpToolHost } from './mcp/mcp-tool-host.ts';
export { createOpenAiModelClient, type ModelEndpoint } from './model/openai-model-client.ts';
export type { ModelClient, ModelDelta, ModelOutcome, ModelRequest } from './ports/model-client.ts';
export type { ToolCallRequest, ToolHost, ToolListing, ToolOutcome } from './ports/tool-host.ts';
export { startWorker, type Worker } from './worker.ts';
export type { JobConsumer, WorkerDependencies } from './worker-dependencies.ts';
