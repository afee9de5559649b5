import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAccumulator } from './accumulate.ts';
import { wholeAsChunk } from './answer-items.ts';
import { endingShapes } from './fixtures/ending-shapes.ts';
import { reasoningShapes } from './fixtures/reasoning-shapes.ts';
import { messageOf, readPieces, type StreamShape, shownOf } from './fixtures/stream-shape.ts';
import { textShapes } from './fixtures/text-shapes.ts';
import { toolArgumentShapes } from './fixtures/tool-argument-shapes.ts';
import { toolCallShapes } from './fixtures/tool-call-shapes.ts';

const shapes = [...textShapes, ...reasoningShapes, ...toolCallShapes, ...toolArgumentShapes, ...endingShapes];
const bytesOf = (shape: StreamShape) => new TextEncoder().encode(shape.sse);
const cut = (bytes: Uint8Array, ...at: readonly number[]) =>
  [0, ...at].map((start, position) => bytes.subarray(start, at[position] ?? bytes.length));

describe('reading a stream', () => {
  it.each(shapes)('$name', async (shape) => {
    const { outcome } = await readPieces([bytesOf(shape)], shape.splitThink);

    if ('failure' in shape.expected) {
      expect(outcome).toMatchObject({ type: 'failed', failure: shape.expected.failure });
      expect('partial' in outcome ? outcome.partial : undefined).toEqual(shape.expected.partial);
    } else {
      expect(outcome).toEqual({ type: 'responded', ...shape.expected });
    }
  });

  it.each(shapes)('shows live what the outcome holds: $name', async (shape) => {
    const { outcome, deltas } = await readPieces([bytesOf(shape)], shape.splitThink);

    const said = shownOf(outcome);
    // A block that the template opened was shown as content before its closing tag came: the text is the same.
    const early = { ...said, content: said.reasoning + said.content, reasoning: '' };
    expect(shape.name.includes('opened by the template') ? [said, early] : [said]).toContainEqual(messageOf(deltas));
  });

  it('shows an answer without tags as it comes', () => {
    const accumulator = createAccumulator({ splitThink: true });
    const shown = ['Hel', 'lo <', 'b> th', 'ere'].map((content) => accumulator.add({ choices: [{ delta: { content } }] }));

    expect(shown.flat()).toEqual([{ content: 'Hel' }, { content: 'lo ' }, { content: '<b> th' }, { content: 'ere' }]);
  });

  it.each(shapes)('reads the same wherever its bytes are cut: $name', async (shape) => {
    const bytes = bytesOf(shape);
    const { outcome } = await readPieces([bytes], shape.splitThink);

    for (let at = 0; at <= bytes.length; at++) {
      const again = await readPieces(cut(bytes, at), shape.splitThink);
      expect(again.outcome, `cut at byte ${at}`).toEqual(outcome);
    }
  });

  it('reads the same in any number of pieces', async () => {
    const cutShape = fc.constantFrom(...shapes).chain((shape) => {
      const places = fc.uniqueArray(fc.nat(bytesOf(shape).length), { maxLength: 40 });
      return fc.record({ shape: fc.constant(shape), places: places.map((list) => list.toSorted((a, b) => a - b)) });
    });
    await fc.assert(
      fc.asyncProperty(cutShape, async ({ shape, places }) => {
        const bytes = bytesOf(shape);
        const whole = await readPieces([bytes], shape.splitThink);
        const pieces = await readPieces(cut(bytes, ...places), shape.splitThink);
        expect(pieces.outcome).toEqual(whole.outcome);
        expect(messageOf(pieces.deltas)).toEqual(messageOf(whole.deltas));
      }),
      { numRuns: 300 },
    );
  });
});

describe('the accumulator', () => {
  it('keeps the model and id that the server reports first', () => {
    const accumulator = createAccumulator({ splitThink: false });
    accumulator.add({ id: 'r1', model: 'qwen3', choices: [] });
    accumulator.add({ id: 'r2', model: 'other', choices: [] });

    expect(accumulator.finish()).toMatchObject({ responseId: 'r1', reportedModel: 'qwen3' });
  });

  it('sees an answer only once a piece of it has come', () => {
    const accumulator = createAccumulator({ splitThink: true });
    accumulator.add({ choices: [{ delta: { role: 'assistant', content: '' } }] });
    expect(accumulator.hasAnswer).toBe(false);

    accumulator.add({ choices: [{ delta: { content: '<thi' } }] });
    expect(accumulator.hasAnswer).toBe(true);
  });

  it('shows a name once and arguments as they come', () => {
    const accumulator = createAccumulator({ splitThink: false });
    const add = (call: unknown) => accumulator.add({ choices: [{ delta: { tool_calls: [call] } }] });

    expect(add({ index: 0, id: 'a', function: { name: 'f', arguments: '' } })).toEqual([{ toolCall: { index: 0, name: 'f' } }]);
    expect(add({ index: 0, id: 'a', function: { name: 'f', arguments: '{' } })).toEqual([
      { toolCall: { index: 0, arguments: '{' } },
    ]);
    expect(add({ index: 0, id: 'a' })).toEqual([]);
  });

  it('takes whatever JSON a server sends without throwing', () => {
    const key = fc.constantFrom(
      'choices',
      'delta',
      'tool_calls',
      'function',
      'arguments',
      'name',
      'id',
      'index',
      'content',
      'usage',
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue({ maxDepth: 1 }),
        fc.array(tie('value')),
        fc.dictionary(key, tie('value')),
      ),
    }));
    fc.assert(
      fc.property(fc.array(value), fc.boolean(), (chunks, splitThink) => {
        const accumulator = createAccumulator({ splitThink });
        for (const chunk of chunks) accumulator.add({ choices: [{ delta: chunk }], usage: chunk });
        for (const chunk of chunks) accumulator.add(wholeAsChunk(chunk));
        accumulator.finish();
      }),
      { numRuns: 50 },
    );
  });

  it('reads a whole answer with repeated ids as separate calls', () => {
    const call = { id: '0', type: 'function', function: { name: 'f', arguments: '{}' } };
    const accumulator = createAccumulator({ splitThink: false });
    accumulator.add(
      wholeAsChunk({
        choices: [{ message: { content: null, reasoning: 't', tool_calls: [call, call] }, finish_reason: 'tool_calls' }],
      }),
    );

    const toolCalls = [0, 1].map(() => ({ providerId: '0', name: 'f', arguments: '{}' }));
    expect(accumulator.finish()).toMatchObject({
      message: { content: null, reasoning: 't', toolCalls },
      finishReason: 'tool_calls',
    });
  });
});
