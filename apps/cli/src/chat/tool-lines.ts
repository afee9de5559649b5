// The tools as the model is offered them, or, before it was asked anything, as the servers list them.

import type { CatalogueEntry, Trace } from '@turnlog/core';
import { printable } from '../view/printable.ts';

interface Listed {
  readonly name: string;
  readonly description: string;
}

export const toolLines = (offered: Trace['tools'], catalogue: readonly CatalogueEntry[], width: number): readonly string[] => {
  const tools = offered.length > 0 ? offered.map(fromOffer) : catalogue.flatMap(fromCatalogue);
  const name = Math.max(0, ...tools.map((tool) => tool.name.length));
  const lines = tools.map((tool) => cut(`${tool.name.padEnd(name)}  ${tool.description}`.trimEnd(), width));
  const broken = catalogue.flatMap(({ server, failure }) =>
    failure === undefined ? [] : [`! ${server} cannot be listed: ${printable(failure.message)}`],
  );
  return lines.length + broken.length === 0 ? ['There are no tools: name MCP servers in config.json.'] : [...lines, ...broken];
};

const fromOffer = ({ function: { name, description } }: Trace['tools'][number]): Listed => ({
  name,
  description: firstLine(description),
});

const fromCatalogue = ({ tools }: CatalogueEntry): readonly Listed[] =>
  tools.map(({ name, description }) => ({ name, description: firstLine(description) }));

const firstLine = (text = ''): string => printable(text.trim().split('\n')[0] ?? '');
const cut = (text: string, width: number): string => (text.length > width ? `${text.slice(0, width - 1)}…` : text);
