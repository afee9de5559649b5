// What goes into a tool and comes out of it, held against the schemas that its server sent. The third file that knows the SDK:
// the validator is the one that the SDK brings. It never fetches: a schema that points elsewhere cannot be checked, and neither
// can one of another dialect; that is a warning, never a failure.

import { AjvJsonSchemaValidator } from '@modelcontextprotocol/client/validators/ajv';
import type { Tool, ToolResult } from '@turnlog/core';

type Schema = Record<string, unknown>;
/** What is wrong with a value; undefined where nothing is. */
type Check = (value: unknown) => string | undefined;

export interface ToolSchemas {
  /** Why arguments for this tool, or its results, cannot be checked. */
  faults(tool: Pick<Tool, 'inputSchema' | 'outputSchema'>): readonly string[];
  /** How these arguments do not fit; undefined where they do, or cannot be checked. */
  argumentFault(tool: Pick<Tool, 'inputSchema'>, args: Record<string, unknown>): string | undefined;
  /** How this result does not fit; undefined where it does, is an error, or cannot be checked. */
  resultFault(tool: Pick<Tool, 'outputSchema'>, result: ToolResult): string | undefined;
}

const longestSchema = 256 * 1024;
const longestFault = 1_000;
/** Compiled schemas stay in the validator for ever: it is thrown away with them when there are too many. */
const maxCompiled = 512;

/** A repeated group that repeats within, or a reference back: a hostile server could make one match take for ever. */
const isRisky = (pattern: string): boolean => /\([^)]*[+*{|][^)]*\)[+*{]|\\[1-9]|\\k</.test(pattern);

const patternsIn = (value: unknown): readonly string[] => {
  if (typeof value !== 'object' || value === null) return [];
  const { pattern, patternProperties } = value as Schema;
  const own = [
    ...(typeof pattern === 'string' ? [pattern] : []),
    ...(typeof patternProperties === 'object' && patternProperties !== null ? Object.keys(patternProperties) : []),
  ];
  return [...own, ...Object.values(value).flatMap(patternsIn)];
};

/** The validator calls whatever it looks at `data`. */
const said = (name: string, fault: string | undefined): string | undefined =>
  fault?.replaceAll(/(^|, )data\b/g, `$1${name}`).slice(0, longestFault);

/** Models write null for what they leave out. It is sent as it stands: servers make of it what they will. */
const withoutNulls = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).flatMap(([key, item]) => (item === null ? [] : [[key, withoutNulls(item)]])))
    : value;

const nothing: Check = () => undefined;

export const createToolSchemas = (): ToolSchemas => {
  let validator = new AjvJsonSchemaValidator();
  const compiled = new Map<string, { readonly check: Check; readonly fault?: string }>();

  const compile = (text: string): { readonly check: Check; readonly fault?: string } => {
    try {
      if (text.length > longestSchema) throw new Error(`it is longer than ${longestSchema} characters`);
      const { $id: _, ...schema } = JSON.parse(text) as Schema;
      const risky = patternsIn(schema).find(isRisky);
      if (risky !== undefined) throw new Error(`its pattern ${JSON.stringify(risky.slice(0, 100))} may take for ever`);
      const validate = validator.getValidator(schema);
      return { check: (value) => validate(value).errorMessage };
    } catch (error) {
      return { check: nothing, fault: (error instanceof Error ? error.message : String(error)).slice(0, longestFault) };
    }
  };

  const known = (schema: Schema) => {
    const text = JSON.stringify(schema);
    const before = compiled.get(text);
    if (before !== undefined) return before;
    if (compiled.size >= maxCompiled) {
      compiled.clear();
      validator = new AjvJsonSchemaValidator();
    }
    const now = compile(text);
    compiled.set(text, now);
    return now;
  };

  return {
    faults: ({ inputSchema, outputSchema }) => {
      const input = known(inputSchema).fault;
      const output = outputSchema && known(outputSchema).fault;
      return [
        ...(input === undefined ? [] : [`its arguments are not checked: ${input}`]),
        ...(output === undefined ? [] : [`its results are not checked: ${output}`]),
      ];
    },
    argumentFault: ({ inputSchema }, args) => {
      const { check } = known(inputSchema);
      const fault = check(args);
      return fault !== undefined && check(withoutNulls(args)) !== undefined ? said('arguments', fault) : undefined;
    },
    resultFault: ({ outputSchema }, { structuredContent, isError }) => {
      if (outputSchema === undefined || isError) return undefined;
      if (structuredContent === undefined) return 'the tool has an output schema, and its result no structured content';
      const fault = said('structuredContent', known(outputSchema).check(structuredContent));
      return fault && `the structured content does not match the tool's output schema: ${fault}`;
    },
  };
};
