import { describe, expect, it } from 'vitest';
import { aTool } from '../testing/conversation-builder.ts';
import { approvalFor, unknownOutcomePolicyFor } from './approval-policy.ts';
import type { ApprovalPolicy, Tool } from './settings.ts';

const harmless = { trusted: true, annotations: { readOnlyHint: true } } as const;

describe('approval', () => {
  it.each<[ApprovalPolicy | undefined, ApprovalPolicy | undefined, 'auto' | 'ask' | 'never']>([
    [undefined, undefined, 'auto'],
    ['auto', undefined, 'auto'],
    ['ask', undefined, 'ask'],
    ['never', 'auto', 'never'],
    ['auto', 'ask', 'ask'],
    ['auto', 'never', 'never'],
    ['ask', 'never', 'never'],
    ['ask', 'ask-if-destructive', 'ask'],
    ['ask-if-destructive', 'ask', 'ask'],
    ['ask-if-destructive', undefined, 'ask'],
    [undefined, 'ask-if-destructive', 'ask'],
    ['auto', 'ask-if-destructive', 'ask'],
  ])('requested %s, operator %s: %s', (requested, operators, expected) => {
    expect(approvalFor(requested, aTool('t', operators && { approval: operators }))).toBe(expected);
  });

  it.each<[string, Partial<Tool>, 'auto' | 'ask']>([
    ['a trusted read-only tool', harmless, 'auto'],
    ['a trusted tool that says it is not destructive', { trusted: true, annotations: { destructiveHint: false } }, 'auto'],
    ['a trusted tool that says nothing', { trusted: true }, 'ask'],
    [
      'a trusted tool that contradicts itself',
      { trusted: true, annotations: { readOnlyHint: true, destructiveHint: true } },
      'ask',
    ],
    ['a tool nobody trusts', { trusted: false, annotations: { readOnlyHint: true, destructiveHint: false } }, 'ask'],
  ])('ask-if-destructive, %s: %s', (_, tool, expected) => {
    expect(approvalFor('ask-if-destructive', aTool('t', tool))).toBe(expected);
  });

  it('is taken from a map by the name the model sees', () => {
    expect(approvalFor({ write: 'ask' }, aTool('write'))).toBe('ask');
    expect(approvalFor({ write: 'ask' }, aTool('read'))).toBe('auto');
  });

  it('takes no policy from the prototype of the map', () => {
    expect(approvalFor({}, aTool('constructor'))).toBe('auto');
  });
});

describe('a call that was sent and lost', () => {
  it.each<[string, Partial<Tool>, 'ask' | 'tell' | 'retry']>([
    ['nothing is known', {}, 'ask'],
    ['the operator says tell', { onUnknownOutcome: 'tell' }, 'tell'],
    ['the operator says retry', { onUnknownOutcome: 'retry' }, 'retry'],
    ['the operator says ask of a trusted read-only tool', { ...harmless, onUnknownOutcome: 'ask' }, 'ask'],
    ['the tool is trusted and read-only', harmless, 'retry'],
    ['the tool is trusted and idempotent', { trusted: true, annotations: { idempotentHint: true } }, 'retry'],
    ['the tool is trusted and only not destructive', { trusted: true, annotations: { destructiveHint: false } }, 'ask'],
    [
      'the tool is trusted and contradicts itself',
      { trusted: true, annotations: { readOnlyHint: true, destructiveHint: true } },
      'ask',
    ],
    ['the tool says idempotent and nobody trusts it', { annotations: { idempotentHint: true } }, 'ask'],
  ])('%s: %s', (_, tool, expected) => {
    expect(unknownOutcomePolicyFor(aTool('t', tool))).toBe(expected);
  });

  it('asks a person about a tool that is no longer listed', () => {
    expect(unknownOutcomePolicyFor(undefined)).toBe('ask');
  });
});
