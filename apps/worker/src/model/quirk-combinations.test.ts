// Quirks come together: whatever a server combines, the same answer is read, wherever its bytes are cut.

import { parseArguments } from '@turnlog/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isReadable, needsSplit, type Quirks, quirks, streamOf, type TrueAnswer, trueAnswers } from './fixtures/quirky-stream.ts';
import { messageOf, readPieces } from './fixtures/stream-shape.ts';

const cutAt = (bytes: Uint8Array, places: readonly number[]) =>
  [0, ...places].map((start, at) => bytes.subarray(start, places[at] ?? bytes.length));
const everyByte = (bytes: Uint8Array) => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));

const saidOf = (answer: TrueAnswer, { arguments: form }: Quirks) => ({
  content: answer.content,
  reasoning: answer.reasoning,
  toolCalls: answer.calls.map(({ name, arguments: text }) => ({
    name,
    arguments: form === 'encoded twice' && text !== '' ? JSON.stringify(text) : text,
  })),
});

it('reads the same answer through any combination of quirks, cut anywhere', { timeout: 60_000 }, async () => {
  const places = fc.uniqueArray(fc.nat(4_000), { maxLength: 30 }).map((list) => list.toSorted((a, b) => a - b));
  await fc.assert(
    fc.asyncProperty(trueAnswers, quirks, places, async (answer, chosen, cuts) => {
      fc.pre(isReadable(answer, chosen));
      const bytes = new TextEncoder().encode(streamOf(answer, chosen));
      const splitThink = chosen.splitThink || needsSplit(answer, chosen);
      const inBytes = cuts.filter((at) => at < bytes.length);
      for (const pieces of [[bytes], cutAt(bytes, inBytes), everyByte(bytes)]) {
        const { outcome, deltas } = await readPieces(pieces, splitThink);
        if (outcome.type === 'failed') throw new Error(outcome.failure.message);
        const { content, reasoning, toolCalls } = outcome.message;
        const calls = toolCalls.map(({ name, arguments: raw }) => ({ name, arguments: raw }));
        const read = { content: content ?? '', reasoning: reasoning ?? '', toolCalls: calls };
        expect(read).toEqual(saidOf(answer, chosen));
        expect(outcome.warnings).toBeUndefined();
        expect(outcome.finishReason).toBe(answer.calls.length > 0 ? chosen.finish : 'stop');
        expect(outcome.usage).toEqual(chosen.usage === 'none' ? undefined : { promptTokens: 7, completionTokens: 3 });
        // Text before a closing tag is shown as it comes, when nobody knows yet what it is.
        const shown = messageOf(deltas);
        expect(chosen.reasoning === 'closing tag' ? shown.reasoning + shown.content : shown).toEqual(
          chosen.reasoning === 'closing tag' ? answer.reasoning + answer.content : saidOf(answer, chosen),
        );
        expect(toolCalls.map(({ arguments: raw }) => parseArguments(raw))).toEqual(
          answer.calls.map(({ arguments: text }) => ({ ok: true, value: JSON.parse(text || '{}') })),
        );
      }
    }),
    { numRuns: 200 },
  );
});
