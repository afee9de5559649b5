// A stdio server that gives away what it was started with, in every way a server can: description, result, error, stderr.

import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const known = [process.env.OF_THE_ENVIRONMENT, process.argv.at(-1), process.env.OF_THE_MODEL].filter(Boolean);
const said = [
  ...known,
  ...known.flatMap((secret) => [Buffer.from(`u:${secret}`).toString('base64'), encodeURIComponent(secret)]),
];
const all = said.join(' ');

process.stderr.write(`started with ${all}\n`);
const tool = (name) => ({ name, description: `Started with ${all}`, inputSchema: { type: 'object', properties: {} } });
const performers = {
  tell: () => ({ content: [{ type: 'text', text: all }], structuredContent: { said } }),
  refuse: () => {
    throw new Error(`cannot, with ${all}`);
  },
  die: () => {
    process.stderr.write(`dying with ${all}\n`);
    process.exit(3);
  },
};

const server = new Server({ name: 'telltale', version: '1.0.0' }, { capabilities: { tools: {} } });
server.setRequestHandler(ListToolsRequestSchema, () => ({
  tools: [...Object.keys(performers).map(tool), { ...tool('broken'), inputSchema: { type: all } }],
}));
server.setRequestHandler(CallToolRequestSchema, ({ params }) => performers[params.name]());
await server.connect(new StdioServerTransport());
