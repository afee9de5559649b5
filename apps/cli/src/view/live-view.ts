// A conversation as it happens, for a person at a terminal: text and reasoning as they stream, calls with their
// arguments, results folded. The numbered event always has the last word over its deltas.

import type { ContentBlock, ConversationEvent, Delta, Recorded } from '@turnlog/core';
import type { Followed } from '../client/turnlog-client.ts';
import type { Terminal } from './terminal.ts';

const foldedLines = 4;
const foldedColumns = 110;

export interface LiveView {
  show(followed: Followed): void;
}

export const createLiveView = (terminal: Terminal, options: { readonly showReasoning: boolean }): LiveView => {
  /** What has been streamed of the open attempt, so that its event prints only what is missing. */
  let streamed = { key: '', reasoning: '', content: '' };
  let isMidLine = false;
  const toolOf = new Map<number, string>();

  const write = (text: string) => {
    if (text === '') return;
    terminal.write(text);
    isMidLine = !text.endsWith('\n');
  };
  const line = (text: string) => {
    if (isMidLine) terminal.line();
    isMidLine = false;
    terminal.line(text);
  };
  const dim = (text: string) => terminal.style('dim', text);

  const stream = ({ step, attempt, reasoning = '', content = '' }: Omit<Delta, 'seq'>) => {
    const key = `${step}-${attempt}`;
    if (streamed.key !== key) streamed = { key, reasoning: '', content: '' };
    if (options.showReasoning && reasoning !== '') write(dim(reasoning));
    if (content !== '' && streamed.content === '' && streamed.reasoning !== '' && options.showReasoning) write('\n');
    write(content);
    streamed = { key, reasoning: streamed.reasoning + reasoning, content: streamed.content + content };
  };

  const show = (event: Recorded<ConversationEvent>) => {
    switch (event.type) {
      case 'TurnStarted':
        line(`\n${terminal.style(['bold', 'cyan'], 'you')}  ${event.data.input}\n`);
        return;
      case 'ModelResponded':
        finishMessage(event);
        return;
      case 'StepScheduled':
        if (event.data.call.kind === 'tool') toolOf.set(event.data.step, event.data.call.name);
        return;
      case 'ToolReturned':
        line(foldResult(event.data.result.content, event.data.result.isError, toolOf.get(event.data.step) ?? ''));
        return;
      case 'ToolCallRefused':
        line(terminal.style('yellow', `  ✗ ${event.data.call.name}: ${event.data.message}`));
        return;
      case 'AttemptFailed':
        line(
          terminal.style(
            'yellow',
            `  ! attempt ${event.data.attempt} failed: ${event.data.failure.message}${event.data.retryAt ? '; trying again' : ''}`,
          ),
        );
        return;
      case 'TurnFailed':
        line(terminal.style('red', `The turn failed: ${event.data.failure.message}`));
        return;
      case 'TurnPaused':
        line(terminal.style('yellow', `Paused: ${event.data.reason} is ${event.data.limit}, reached ${event.data.reached}.`));
        return;
      default:
        return;
    }
  };

  const finishMessage = ({ data }: Extract<Recorded<ConversationEvent>, { type: 'ModelResponded' }>) => {
    const { step, attempt, message } = data;
    const isStreamed = streamed.key === `${step}-${attempt}`;
    const { reasoning, content } = isStreamed ? streamed : { reasoning: '', content: '' };
    stream({
      step,
      attempt,
      reasoning: (message.reasoning ?? '').slice(reasoning.length),
      content: (message.content ?? '').slice(content.length),
    });
    if (isMidLine) terminal.line();
    isMidLine = false;
    for (const call of message.toolCalls) line(`  ${terminal.style('green', `→ ${call.name}`)} ${dim(oneLine(call.arguments))}`);
  };

  const foldResult = (content: readonly ContentBlock[], isError: boolean, tool: string): string => {
    const text = content.map((block) => (typeof block.text === 'string' ? block.text : `[${block.type}]`)).join('\n');
    const lines = text.trimEnd().split('\n');
    const shown = lines.slice(0, foldedLines).map((each) => `    ${dim(cut(each))}`);
    const more = lines.length > foldedLines ? [dim(`    … ${lines.length - foldedLines} more lines`)] : [];
    return [
      `  ${isError ? terminal.style('red', `← ${tool} failed`) : terminal.style('green', `← ${tool}`)}`,
      ...shown,
      ...more,
    ].join('\n');
  };

  return { show: (followed) => (followed.type === 'delta' ? stream(followed.delta) : show(followed.event)) };
};

const cut = (text: string): string => (text.length > foldedColumns ? `${text.slice(0, foldedColumns)}…` : text);
const oneLine = (text: string): string => cut(text.replaceAll(/\s+/g, ' '));
