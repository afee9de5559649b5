// docs/datasets.md shows one row of every format. They are these, of one small conversation.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { aConversation, aTool, plainProfile, someSettings } from '@turnlog/core/testing';
import { describe, expect, it } from 'vitest';
import { alone, rowOptions } from '../testing/a-family.ts';
import { projectFamily } from './project-family.ts';
import { exclusionReasons, type Format, formats } from './projection.ts';
import { columnsOf } from './row-columns.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/datasets.md'), 'utf8');

const model = {
  ...someSettings().model,
  model: 'qwen3',
  profile: { ...plainProfile, sendReasoning: 'reasoning_content' as const },
};
const readFile = aTool('read_file', {
  description: 'Reads a file.',
  inputSchema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
});
const story = aConversation({ model, systemPrompt: 'Be brief.', tags: ['demo'] })
  .withTools([readFile])
  .withTurn('What is in a.txt?')
  .answered({
    content: null,
    reasoning: 'I must look.',
    calls: [['read_file', '{"path": "a.txt"}']],
    usage: { promptTokens: 120, completionTokens: 18 },
  })
  .returned('call_1_1', 'alpha')
  .answered({ content: 'It says alpha.', reasoning: 'Found it.', usage: { promptTokens: 150, completionTokens: 9 } })
  .handling({ type: 'GiveFeedback', feedback: { turn: 1, rating: 1, correction: 'It holds one word: alpha.' } });

/** What the section of a format shows: one row, or the lines of one file. */
const shown = (format: Format): readonly string[] => {
  const section = page.split(`### \`${format}\``)[1]?.split('\n### ')[0] ?? '';
  const block = /```jsonl?\n([\s\S]*?)```/.exec(section)?.[1] ?? '';
  const texts = format === 'sts' ? block.trim().split('\n') : [block];
  return texts.map((text) => JSON.stringify(JSON.parse(text)));
};

describe('docs/datasets.md', () => {
  it.each(formats)('shows a true row of %s', (format) => {
    const { rows, excluded } = projectFamily(format, alone(story), rowOptions);
    expect(excluded).toEqual({});
    expect(shown(format)).toEqual((format === 'sts' ? rows : rows.slice(-1)).map(({ row }) => JSON.stringify(row)));
  });

  it('names every column and every reason', () => {
    const columns = formats.flatMap((format) => columnsOf(format).map(({ name }) => name));
    for (const name of [...columns, ...exclusionReasons]) expect(page).toContain(`\`${name}\``);
  });
});
