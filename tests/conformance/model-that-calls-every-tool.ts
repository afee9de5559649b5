// A model, served by aimock, that calls what its wish names, or else every tool it is offered once, and then says that it is done.

import { LLMock } from '@copilotkit/aimock';

export interface PlannedCall {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

interface OfferedTool {
  readonly function: { readonly name: string; readonly parameters?: JsonSchema };
}

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

export const wishFor = (calls: readonly PlannedCall[] | undefined): string =>
  calls === undefined ? 'Call every tool once.' : `Call: ${JSON.stringify(calls)}`;

const callsIn = (wish: string): readonly PlannedCall[] | undefined =>
  wish.startsWith('Call: ') ? JSON.parse(wish.slice('Call: '.length)) : undefined;

const samples: Readonly<Record<string, unknown>> = { integer: 1, number: 1.5, boolean: true, array: [], null: null };

/** The smallest value that a schema lets through. */
const sampleOf = ({ type = 'string', enum: values, ...schema }: JsonSchema): unknown => {
  if (values !== undefined) return values[0];
  if (type === 'object') return argumentsFor(schema);
  return type in samples ? samples[type] : 'text';
};

const argumentsFor = ({ properties = {}, required = [] }: JsonSchema): Record<string, unknown> =>
  Object.fromEntries(required.map((name) => [name, sampleOf(properties[name] ?? {})]));

const callsFor = (tools: readonly OfferedTool[]): readonly PlannedCall[] =>
  tools.map(({ function: { name, parameters = {} } }) => ({ name, arguments: argumentsFor(parameters) }));

export const startModelThatCallsEveryTool = async () => {
  const mock = new LLMock({ port: 0, strict: true, logLevel: 'silent' });
  mock.addFixture({
    match: { predicate: () => true },
    response: ({ messages, tools = [] }) => {
      const last = messages.at(-1);
      if (last?.role !== 'user') return { content: 'Done.' };
      const calls = callsIn(String(last.content)) ?? callsFor(tools as readonly OfferedTool[]);
      if (calls.length === 0) return { content: 'There is nothing to call.' };
      return {
        content: '',
        toolCalls: calls.map(({ name, arguments: args }, index) => ({
          id: `call_${index}`,
          name,
          arguments: JSON.stringify(args),
        })),
      };
    },
  });
  await mock.start();
  return { baseUrl: `${mock.url}/v1`, stop: () => mock.stop() };
};
