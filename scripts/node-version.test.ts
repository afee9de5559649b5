import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nodeVersionFault } from './node-version.mjs';

describe('the version of Node', () => {
  it.each(['v20.19.0', 'v20.20.2', 'v22.12.0', 'v24.0.0', 'v25.1.0'])('%s will do', (version) => {
    expect(nodeVersionFault(version)).toBeUndefined();
  });

  it.each(['v18.20.0', 'v20.18.3', 'v21.7.0', 'v22.11.0', 'v23.9.0'])('%s is refused by name', (version) => {
    expect(nodeVersionFault(version)).toContain(version);
  });

  it('is the one that package.json asks for', () => {
    const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

    expect(engines.node).toBe('^20.19.0 || ^22.12.0 || >=24.0.0');
  });
});
