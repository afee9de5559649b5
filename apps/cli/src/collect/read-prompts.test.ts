import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchBody, budgetOf, keyOf } from './collect-flags.ts';
import { readGraders } from './grader-specs.ts';
import { readPrompts } from './read-prompts.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'turnlog-prompts-'));
  await writeFile(join(folder, 'schema.json'), '{"type": "object"}');
});
afterAll(() => rm(folder, { recursive: true }));
const read = async (text: string, name = 'p.jsonl') => {
  await writeFile(join(folder, name), text);
  return readPrompts(join(folder, name), folder);
};

describe('a file of prompts', () => {
  it('is read in every shape that people have', async () => {
    const lines = [
      '"Plain."',
      '{"prompt": "One.", "system": "Be brief.", "tags": ["a"], "metadata": {"n": 1}, "expected": 42, "grader": "exact"}',
      '',
      '{"input": "Two.", "graders": ["called:read={\\"path\\":\\"a\\"}", {"type": "regex", "pattern": "2"}]}',
      '{"messages": [{"role": "system", "content": "Own."}, {"role": "user", "content": "Three."}]}',
    ];
    expect(await read(lines.join('\r\n'))).toEqual([
      { input: 'Plain.' },
      {
        input: 'One.',
        systemPrompt: 'Be brief.',
        tags: ['a'],
        metadata: { n: 1 },
        expected: '42',
        graders: [{ type: 'exact' }],
      },
      {
        input: 'Two.',
        graders: [
          { type: 'called', tool: 'read', arguments: { path: 'a' } },
          { type: 'regex', pattern: '2' },
        ],
      },
      { input: 'Three.', systemPrompt: 'Own.' },
    ]);
    expect(await read('One.\n\nTwo.\n', 'p.txt')).toEqual([{ input: 'One.' }, { input: 'Two.' }]);
  });

  it.each([
    ['One.', /line 1 is no JSON\. Plain lines .* \.txt/],
    ['"a"\n{"promt": "a"}', /line 2: the line: .*promt/],
    ['{"prompt": "a", "input": "b"}', /give one of prompt, input and messages/],
    ['{}', /give one of/],
    ['{"messages": [{"role": "assistant", "content": "a"}]}', /one user message/],
    ['{"prompt": "a", "grader": "command:rm"}', /a command is given by --grader, never by the file/],
    ['{"prompt": "a", "grader": "none"}', /--grader got "none", takes exact, regex:PATTERN/],
    ['\n', /holds no prompt/],
  ])('stops the command at %j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  it('must be there', async () => {
    await expect(readPrompts(join(folder, 'nowhere'), folder)).rejects.toThrow(/cannot be read \(ENOENT\)/);
  });
});

describe('the flags of collect', () => {
  it('take graders and tell programs from them', async () => {
    const specs = ['exact', 'regex:^a:b', 'schema:schema.json', 'called:read', 'command:python3 grade.py --x:y'];
    expect(await readGraders(specs, folder)).toEqual({
      graders: [
        { type: 'exact' },
        { type: 'regex', pattern: '^a:b' },
        { type: 'json-schema', schema: { type: 'object' } },
        { type: 'called', tool: 'read' },
      ],
      commands: ['python3 grade.py --x:y'],
    });
    await expect(readGraders(['regex:('], folder)).rejects.toThrow(/Cannot be used/);
    await expect(readGraders(['schema:none.json'], folder)).rejects.toThrow(/ENOENT/);
    await expect(readGraders(['called:read=1'], folder)).rejects.toThrow(/must be a JSON object/);
  });

  it('make the body of a batch; the same flags are the same batch', async () => {
    const flags = {
      graderTimeout: '60',
      samples: '3',
      models: 'a, b',
      param: ['temperature=0.7', 'stop=END'],
      maxTokens: '100',
      maxSteps: '5',
      concurrency: '2',
    };
    const typed = { graders: [], commands: ['x'] };
    const body = await batchBody(flags, [{ input: 'a' }], typed, folder);
    expect(body).toEqual({
      prompts: [{ input: 'a' }],
      samples: 3,
      models: ['a', 'b'],
      params: { temperature: 0.7, stop: 'END' },
      limits: { maxSteps: 5 },
      budget: { maxTokens: 100 },
      concurrency: 2,
    });
    expect(keyOf(await batchBody(flags, [{ input: 'a' }], typed, folder))).toBe(keyOf(body));
    expect(keyOf(await batchBody(flags, [{ input: 'b' }], typed, folder))).not.toBe(keyOf(body));
    expect(() => budgetOf({ ...flags, maxCost: '0' })).toThrow(/--max-cost got "0"/);
    await expect(batchBody({ ...flags, samples: '0' }, [], typed, folder)).rejects.toThrow(/--samples got "0"/);
  });
});
