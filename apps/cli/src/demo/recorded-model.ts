// The demo's model: recorded answers, served over real HTTP by a model server that is not ours. The tools are real;
// only the words of the model were written down beforehand.

import { LLMock } from '@copilotkit/aimock';
import type { DemoFiles } from './demo-files.ts';

export interface RecordedModel {
  /** The base URL an OpenAI-compatible client takes. */
  readonly baseUrl: string;
  stop(): Promise<void>;
}

export const wish = 'Read my notes, remember who works on what, and write a summary.md that I can send to the team.';

interface RecordedAnswer {
  readonly reasoning?: string;
  readonly content: string;
  readonly toolCalls?: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
}

/** One answer for each model call of the turn, in order. */
const answers = ({ folder, notes, summary }: DemoFiles): readonly RecordedAnswer[] => [
  {
    reasoning: 'I do not know the notes yet. First I look at what is in the folder.',
    content: '',
    toolCalls: [call('list_directory', { path: folder })],
  },
  {
    reasoning: 'Three notes. They do not depend on each other, so I read them at the same time.',
    content: 'I will read all three notes.',
    toolCalls: notes.map((path) => call('read_text_file', { path })),
  },
  {
    reasoning:
      'Ada owns the event log, Grace the queue, and both wait for the release on Friday. I keep that and write the summary.',
    content: '',
    toolCalls: [
      call('create_entities', {
        entities: [
          { name: 'Ada', entityType: 'person', observations: ['works on the event log', 'reviews the release'] },
          { name: 'Grace', entityType: 'person', observations: ['works on the queue'] },
        ],
      }),
      call('write_file', { path: summary, content: summaryText }),
      call('get-sum', { a: 14, b: 28 }),
    ],
  },
  {
    reasoning: 'All three calls came back well: the people are remembered, the file is written and the hours add up.',
    content:
      'Done. I wrote summary.md: Ada works on the event log, Grace on the queue, 42 hours are planned, and the release is on Friday.',
  },
];

const summaryText = `# Team summary

- **Ada** works on the event log and reviews the release.
- **Grace** works on the queue.
- 42 hours are planned (14 + 28).
- The release is on Friday.
`;

const call = (name: string, args: Record<string, unknown>) => ({ id: `recorded_${name}`, name, arguments: JSON.stringify(args) });

export const startRecordedModel = async (files: DemoFiles): Promise<RecordedModel> => {
  // 15 ms a chunk: fast enough for a demo, slow enough to see that it streams.
  const mock = new LLMock({ port: 0, strict: true, latency: 15, chunkSize: 12, logLevel: 'silent' });
  for (const [turnIndex, { toolCalls, ...answer }] of answers(files).entries())
    mock.addFixture({
      match: { userMessage: wish, turnIndex },
      response: {
        ...answer,
        ...(toolCalls && { toolCalls: toolCalls.map((each, index) => ({ ...each, id: `${each.id}_${turnIndex}_${index}` })) }),
      },
    });
  await mock.start();
  return { baseUrl: `${mock.url}/v1`, stop: () => mock.stop() };
};
