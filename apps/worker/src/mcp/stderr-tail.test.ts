import { createSecretHider } from '@turnlog/core';
import { describe, expect, it } from 'vitest';
import { createStderrTail } from './stderr-tail.ts';

describe('the stderr tail', () => {
  it('keeps the last 4 KiB', () => {
    const tail = createStderrTail(createSecretHider([]));

    for (let line = 0; line < 2000; line += 1) tail.push(Buffer.from(`line ${line}\n`));

    expect(tail.read().length).toBeLessThanOrEqual(4096);
    expect(tail.read()).toMatch(/line 1999$/);
  });

  it('shows no secret, even one that arrives in two pieces or lies across the cut', () => {
    const tail = createStderrTail(createSecretHider(['a-long-secret']));

    tail.push(Buffer.from('a-long-'));
    tail.push(Buffer.from(`secret${'x'.repeat(4090)}`));

    expect(tail.read()).not.toContain('secret');
  });
});
