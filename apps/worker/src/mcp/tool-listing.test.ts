import { describe, expect, it } from 'vitest';
import type { McpServerConfig } from './mcp-server-config.ts';
import { nameTools } from './tool-listing.ts';
import { createToolSchemas } from './tool-schemas.ts';

const config: McpServerConfig = {
  type: 'http',
  url: 'http://localhost/',
  headers: {},
  scope: 'shared',
  trust: false,
  timeoutMs: 1_000,
};
const object = { type: 'object' };

describe('a listed tool', () => {
  it('whose schemas cannot be checked is offered, with a warning for each', () => {
    const inputSchema = { ...object, properties: { profile: { $ref: 'https://example.test/profile.json' } } };
    const outputSchema = { $schema: 'https://example.test/dialect' };
    const tools = [
      { name: 'plain', inputSchema: object },
      { name: 'odd', inputSchema, outputSchema },
    ];

    const named = nameTools([{ server: 'desk', config, tools }], createToolSchemas());

    expect(named.tools.map(({ name }) => name)).toEqual(['plain', 'odd']);
    expect(named.tools[1]).toMatchObject({ inputSchema, outputSchema });
    expect(named.warnings).toEqual([
      expect.stringMatching(/^MCP server "desk": tool "odd": its arguments are not checked: can't resolve reference/),
      expect.stringMatching(/^MCP server "desk": tool "odd": its results are not checked: .*unsupported dialect/),
    ]);
  });
});
