// From what servers list to the tools of a snapshot. One broken tool is left out with a warning; it never costs the
// turn its other tools.

import { type ApprovalPolicy, type Tool, toolSchema } from '@turnlog/core';
import { z } from 'zod';
import { isToolEnabled, type McpServerConfig } from './mcp-server-config.ts';
import { toolDigest } from './tool-digest.ts';
import { mapToolNames } from './tool-names.ts';
import type { ToolSchemas } from './tool-schemas.ts';

export interface ListedServer {
  readonly server: string;
  readonly config: McpServerConfig;
  /** As the server sent them. */
  readonly tools: readonly unknown[];
}

export interface NamedTools {
  readonly tools: readonly Tool[];
  readonly warnings: readonly string[];
}

type UnnamedTool = Omit<Tool, 'name'>;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
// Checked, not rebuilt: a schema stays as it was sent, down to the order of its keys.
const jsonSchema = z.custom<Record<string, unknown>>(isRecord, 'is not a JSON Schema object');
const listedToolSchema = z.object({
  name: z.string().min(1),
  description: z.string().optional(),
  inputSchema: jsonSchema.refine((schema) => schema.type === 'object', 'its root type is not "object"'),
  outputSchema: jsonSchema.optional(),
  annotations: toolSchema.shape.annotations,
  execution: z.looseObject({ taskSupport: z.unknown() }).optional().catch(undefined),
});

function approvalFor({ approval }: McpServerConfig, tool: string): ApprovalPolicy | undefined {
  if (approval === undefined || typeof approval === 'string') return approval;
  return Object.hasOwn(approval, tool) ? approval[tool] : undefined;
}

function readTool(server: string, config: McpServerConfig, raw: unknown): UnnamedTool {
  const { name: tool, execution, ...listed } = listedToolSchema.parse(raw);
  const taskSupport = toolSchema.shape.taskSupport.safeParse(execution?.taskSupport).data;
  const approval = approvalFor(config, tool);
  return {
    server,
    tool,
    ...listed,
    ...(taskSupport && { taskSupport }),
    trusted: config.trust,
    ...(approval === undefined ? {} : { approval }),
    onUnknownOutcome: config.onUnknownOutcome,
    digest: toolDigest({ server, tool, ...listed }),
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  return error instanceof Error ? error.message : String(error);
}

function titleOf(raw: unknown): string {
  const name = z.looseObject({ name: z.string() }).safeParse(raw).data?.name;
  return name === undefined ? 'a tool without a name' : `tool "${name.slice(0, 128)}"`;
}

function readServer({ server, config, tools }: ListedServer, warnings: string[]): UnnamedTool[] {
  const read = new Map<string, UnnamedTool>();
  for (const raw of tools) {
    try {
      const tool = readTool(server, config, raw);
      if (read.has(tool.tool)) warnings.push(`MCP server "${server}": ${titleOf(raw)} is listed twice; the first one counts`);
      else if (isToolEnabled(config, tool.tool)) read.set(tool.tool, tool);
    } catch (error) {
      warnings.push(`MCP server "${server}": ${titleOf(raw)} is left out: ${reasonOf(error)}`);
    }
  }
  return [...read.values()];
}

/** Names the enabled tools of these servers, in the order of the servers and then in each server's own. */
export function nameTools(servers: readonly ListedServer[], schemas: ToolSchemas): NamedTools {
  const warnings: string[] = [];
  const unnamed = servers.flatMap((server) => readServer(server, warnings));
  const names = mapToolNames(unnamed);
  for (const tool of unnamed)
    for (const fault of schemas.faults(tool)) warnings.push(`MCP server "${tool.server}": tool "${tool.tool}": ${fault}`);
  return { tools: unnamed.map((tool, index) => ({ name: names[index] ?? tool.tool, ...tool })), warnings };
}
