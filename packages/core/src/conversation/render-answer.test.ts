import { describe, expect, it } from 'vitest';
import { aFailure, textResult } from '../testing/conversation-builder.ts';
import type { ContentBlock } from './messages.ts';
import { renderAnswer } from './render-answer.ts';
import type { ToolAnswer } from './transcript.ts';

const cancelled = (cause: 'requested' | 'interrupted' | 'failed' | 'forked', started: boolean): ToolAnswer => ({
  type: 'cancelled',
  cause,
  started,
});

describe('what the model reads of a call', () => {
  it.each<[string, ToolAnswer, string]>([
    ['a result', { type: 'returned', result: textResult('ok') }, 'ok'],
    ['an error the tool reports', { type: 'returned', result: textResult('no such file', true) }, 'no such file'],
    ['a refusal', { type: 'refused', reason: 'unknown_tool', message: 'There is no such tool.' }, 'There is no such tool.'],
    ['a rejection', { type: 'rejected' }, 'The user did not allow this call; it was not made.'],
    [
      'a rejection with its reason',
      { type: 'rejected', reason: 'No.' },
      'The user did not allow this call; it was not made. Reason: No.',
    ],
    [
      'a tool that was not reached',
      { type: 'failed', failure: aFailure('unavailable') },
      'The tool could not be reached; the call was not made. It was unavailable.',
    ],
    [
      'a lost call',
      { type: 'unknown' },
      'The connection was lost after the call was sent: it may have happened or not. Verify before you repeat it.',
    ],
    [
      'a cancel before',
      cancelled('requested', false),
      'The user cancelled the turn before this call was made: it was not executed.',
    ],
    [
      'a cancel meanwhile',
      cancelled('requested', true),
      'The user cancelled the turn while this call was under way: it may have happened or not.',
    ],
    [
      'an interruption',
      cancelled('interrupted', false),
      'The user interrupted the turn with a new message before this call was made: it was not executed.',
    ],
    ['a turn that failed', cancelled('failed', false), 'The turn failed before this call was made: it was not executed.'],
    [
      'a fork',
      cancelled('forked', false),
      'The conversation was forked here before this call was made: it was not executed in this branch.',
    ],
  ])('%s', (_, answer, text) => {
    expect(renderAnswer(answer, undefined)).toBe(text);
  });

  it.each<[string, ContentBlock[], string]>([
    ['nothing', [], ''],
    [
      'several texts',
      [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
      'a\nb',
    ],
    ['an image', [{ type: 'image', mimeType: 'image/png', data: 'AAAA' }], '[image: image/png, 4 characters of base64]'],
    ['a link', [{ type: 'resource_link', uri: 'file:///a' }], '[resource: file:///a]'],
    ['an embedded text', [{ type: 'resource', resource: { uri: 'file:///a', text: 'inside' } }], 'inside'],
    [
      'embedded bytes',
      [{ type: 'resource', resource: { uri: 'file:///a', mimeType: 'x/y', blob: 'AA' } }],
      '[resource: file:///a x/y]',
    ],
    ['a kind of later days', [{ type: 'hologram', size: 3 }], '{"type":"hologram","size":3}'],
  ])('content: %s', (_, content, text) => {
    expect(renderAnswer({ type: 'returned', result: { content, isError: false } }, undefined)).toBe(text);
  });

  it('reads structured content only where there is no other', () => {
    const structuredContent = { a: 1 };

    const alone = renderAnswer({ type: 'returned', result: { content: [], structuredContent, isError: false } }, undefined);
    const beside = renderAnswer({ type: 'returned', result: { ...textResult('one'), structuredContent } }, undefined);

    expect([alone, beside]).toEqual(['{"a":1}', 'one']);
  });
});

describe('truncation', () => {
  const cut = (text: string, truncate: number) => renderAnswer({ type: 'returned', result: textResult(text) }, truncate);

  it('leaves a text of exactly that length alone', () => {
    expect(cut('abcd', 4)).toBe('abcd');
  });

  it('keeps that many characters and puts the marker on top', () => {
    expect(cut('abcde', 4)).toBe('abcd\n[truncated: 4 of 5 characters]');
  });

  it('never cuts a surrogate pair in two', () => {
    expect(cut('ab🙂cd', 3)).toBe('ab\n[truncated: 2 of 6 characters]');
    expect(cut('ab🙂cd', 4)).toBe('ab🙂\n[truncated: 4 of 6 characters]');
  });

  it('leaves a lone surrogate as it is', () => {
    expect(cut('ab\uD83Dcd', 3)).toBe('ab\uD83D\n[truncated: 3 of 5 characters]');
  });

  it('cuts the words of the engine as well', () => {
    expect(renderAnswer({ type: 'refused', reason: 'unknown_tool', message: 'abcdef' }, 2)).toBe(
      'ab\n[truncated: 2 of 6 characters]',
    );
  });
});
