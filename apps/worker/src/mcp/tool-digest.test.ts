import { describe, expect, it } from 'vitest';
import { toolDigest } from './tool-digest.ts';

const tool = {
  server: 'files',
  tool: 'read',
  description: 'Reads a file',
  inputSchema: { type: 'object', properties: { path: { type: 'string' } } },
  annotations: { readOnlyHint: true },
};

describe('toolDigest', () => {
  it('is the digest that snapshots already hold', () => {
    expect(toolDigest(tool)).toBe('ca60ea6e39b15669ac19f48f96bc2b1bd7e177e3b3e34c3fbf59f33934be44d1');
  });

  it('does not depend on the order of keys', () => {
    const reordered = { ...tool, inputSchema: { properties: { path: { type: 'string' } }, type: 'object' } };

    expect(toolDigest(reordered)).toBe(toolDigest(tool));
  });

  it.each([
    ['server', { ...tool, server: 'other' }],
    ['name', { ...tool, tool: 'write' }],
    ['description', { ...tool, description: 'Reads any file' }],
    ['input schema', { ...tool, inputSchema: { type: 'object' } }],
    ['output schema', { ...tool, outputSchema: { type: 'object' } }],
    ['annotations', { ...tool, annotations: { readOnlyHint: false } }],
  ])('changes with the %s', (_, changed) => {
    expect(toolDigest(changed)).not.toBe(toolDigest(tool));
  });

  it('keeps the order of a list', () => {
    const schema = (required: string[]) => ({ ...tool, inputSchema: { type: 'object', required } });

    expect(toolDigest(schema(['a', 'b']))).not.toBe(toolDigest(schema(['b', 'a'])));
  });
});
