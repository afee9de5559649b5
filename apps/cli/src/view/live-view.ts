// A conversation as it happens, for a person at a terminal: text and reasoning as they stream, calls with their
// arguments, results folded. The numbered event always has the last word over its deltas.

import type { ContentBlock, ConversationEvent, Delta, Elicited, Progress, Recorded } from '@turnlog/core';
import type { Followed } from '../client/turnlog-client.ts';
import { printable } from './printable.ts';
import type { Terminal } from './terminal.ts';

const foldedLines = 4;
const foldedColumns = 110;

export interface LiveView {
  show(followed: Followed): void;
  /** Something else, on a line of its own: what streams is interrupted for it. */
  say(text: string): void;
}

export interface LiveViewOptions {
  readonly showReasoning: boolean;
  /** Whether these words stand on the screen already, because they were typed there. */
  readonly isOnScreen?: (input: string) => boolean;
}

type Shown<T extends ConversationEvent['type']> = Extract<Recorded<ConversationEvent>, { type: T }>;

export const createLiveView = (terminal: Terminal, options: LiveViewOptions): LiveView => {
  const paper = createPaper(terminal);
  const { style } = terminal;
  /** What has been streamed of the open attempt, so that its event prints only what is missing. */
  let answer = createAnswer(paper, terminal, options.showReasoning);
  let attempt = '';
  const nameOf = new Map<number, string>();
  /** What was shown last of how far a call has come. */
  const progressOf = new Map<number, string>();

  const answerOf = (key: string) => {
    if (key !== attempt) answer = createAnswer(paper, terminal, options.showReasoning);
    attempt = key;
    return answer;
  };
  const warn = (text: string) => paper.line(style('yellow', `  ! ${printable(text)}`));
  const heard = (input: string) => {
    if (options.isOnScreen?.(input)) return;
    paper.line();
    paper.line(`${style(['bold', 'cyan'], 'you')}  ${printable(input)}`);
  };

  const finishMessage = ({ data }: Shown<'ModelResponded'>) => {
    answerOf(`${data.step}-${data.attempt}`).finish(data.message);
    for (const { name, arguments: raw } of data.message.toolCalls)
      paper.line(`  ${style('green', `→ ${printable(name)}`)} ${style('dim', oneLine(raw))}`);
    for (const warning of data.warnings ?? []) warn(warning);
    if (data.finishReason === 'length') warn('the answer was cut off at the limit of its tokens');
  };

  const showResult = ({ step, result }: Shown<'ToolReturned'>['data']) => {
    const name = printable(nameOf.get(step) ?? 'tool');
    paper.line(result.isError ? style('red', `  ← ${name} failed`) : style('green', `  ← ${name}`));
    for (const line of folded(result.content)) paper.line(style('dim', `    ${line}`));
  };

  /** Servers may tell of every percent: a line is due where the words change, or a tenth is done. */
  const showProgress = (step: number, { progress = 0, total, message }: Progress) => {
    const tenths = total === undefined ? '' : `${Math.floor((10 * progress) / total)}`;
    const said = total === undefined ? (message ?? String(progress)) : tenths;
    if (progressOf.get(step) === said) return;
    progressOf.set(step, said);
    const done = total === undefined ? '' : ` ${progress}/${total}`;
    const words = [`${nameOf.get(step) ?? 'call'}${done}`, ...(message === undefined ? [] : [message])].join(': ');
    paper.line(style('dim', `  … ${oneLine(words)}`));
  };

  const show = (event: Recorded<ConversationEvent>): void => {
    switch (event.type) {
      case 'TurnStarted':
      case 'TurnSteered':
        heard(event.data.input);
        return;
      case 'ModelResponded':
        finishMessage(event);
        return;
      case 'StepScheduled':
        if (event.data.call.kind === 'tool') nameOf.set(event.data.step, event.data.call.name);
        return;
      case 'ApprovalRequested':
        nameOf.set(event.data.step, event.data.call.name);
        return;
      case 'ToolReturned':
        showResult(event.data);
        return;
      default:
        showNotice(event);
    }
  };

  const showNotice = (event: Recorded<ConversationEvent>): void => {
    const notice = noticeOf(event, nameOf);
    if (notice !== undefined) paper.line(style(notice.style, printable(notice.text)));
  };

  return {
    say: paper.line,
    show: (followed) => {
      if (followed.type === 'event') {
        show(followed.event);
        return;
      }
      const { step, attempt: number, progress, ...piece } = followed.delta;
      if (progress !== undefined) return showProgress(step, progress);
      answerOf(`${step}-${number}`).add(piece);
    },
  };
};

interface Notice {
  readonly style: 'yellow' | 'red' | 'dim';
  readonly text: string;
}

/** What else a person should know of, as one line. */
const noticeOf = (event: Recorded<ConversationEvent>, nameOf: ReadonlyMap<number, string>): Notice | undefined => {
  const yellow = (text: string): Notice => ({ style: 'yellow', text });
  switch (event.type) {
    case 'ToolsListed':
      return event.data.warnings.length === 0 ? undefined : yellow(event.data.warnings.map((each) => `  ! ${each}`).join('\n'));
    case 'ToolCallEdited':
      return yellow(`  ✎ ${nameOf.get(event.data.step) ?? 'call'} ${oneLine(event.data.arguments)}`);
    case 'ToolCallRejected':
      return yellow(`  ✗ ${nameOf.get(event.data.step) ?? 'call'} refused${event.data.reason ? `: ${event.data.reason}` : ''}`);
    case 'ToolCallRefused':
      return yellow(`  ✗ ${event.data.call.name}: ${event.data.message}`);
    case 'ToolOutcomeUnknown':
      return yellow(`  ! ${nameOf.get(event.data.step) ?? 'call'}: no answer came, it may have happened`);
    case 'ElicitationAnswered':
      return yellow(`  ✎ ${nameOf.get(event.data.step) ?? 'call'}: ${replyOf(event.data)}`);
    case 'ElicitationVoided':
      return yellow(`  ! ${nameOf.get(event.data.step) ?? 'call'}: the question is void (${event.data.cause})`);
    case 'AttemptFailed':
      return yellow(
        `  ! attempt ${event.data.attempt} failed: ${event.data.failure.message}${event.data.retryAt ? '; trying again' : ''}`,
      );
    case 'McpSessionLost':
      return yellow(`  ! the session of ${event.data.server} is lost: ${event.data.cause}`);
    case 'TurnFailed':
      return { style: 'red', text: `The turn failed: ${event.data.failure.message}` };
    case 'TurnCancelled':
      return { style: 'yellow', text: `Cancelled${event.data.reason ? `: ${event.data.reason}` : '.'}` };
    case 'ReplayStopped':
      return yellow(`  ✗ ${event.data.call.name} ${oneLine(event.data.call.arguments)}: never recorded`);
    case 'TurnPaused':
      return yellow(`Paused: ${event.data.reason} is ${event.data.limit}, reached ${event.data.reached}.`);
    default:
      return undefined;
  }
};

const replyOf = ({ action, content }: Elicited): string => {
  if (action === 'accept') return `answered${content === undefined ? '' : ` ${oneLine(JSON.stringify(content))}`}`;
  return action === 'decline' ? 'declined' : 'dismissed';
};

interface Paper {
  readonly write: (text: string, styled?: (text: string) => string) => void;
  /** Ends the line that is open, if one is. */
  readonly toLeftEdge: () => void;
  readonly line: (text?: string) => void;
}

const createPaper = (terminal: Terminal): Paper => {
  let isMidLine = false;
  const toLeftEdge = () => {
    if (isMidLine) terminal.line();
    isMidLine = false;
  };
  return {
    toLeftEdge,
    write: (text, styled = (plain) => plain) => {
      terminal.write(styled(text));
      isMidLine = !text.endsWith('\n');
    },
    line: (text = '') => {
      toLeftEdge();
      terminal.line(text);
    },
  };
};

type Piece = Pick<Delta, 'content' | 'reasoning'>;

/** One answer as it streams: first what the model thinks, then what it says. */
const createAnswer = (paper: Paper, { style }: Terminal, showReasoning: boolean) => {
  const dim = (text: string) => style('dim', text);
  const begin = (label: string) => () => {
    paper.toLeftEdge();
    paper.write(label);
  };
  const reasoning = createPart((text) => paper.write(text, dim), begin(dim('thinks  ')));
  const content = createPart(paper.write, begin(`${style(['bold', 'magenta'], 'model')}  `));
  return {
    add: (piece: Piece) => {
      if (showReasoning) reasoning.add(piece.reasoning ?? '');
      content.add(piece.content ?? '');
    },
    finish: (message: { readonly reasoning?: string | undefined; readonly content: string | null }) => {
      if (showReasoning) reasoning.finish(message.reasoning ?? '');
      content.finish(message.content ?? '');
      paper.toLeftEdge();
    },
  };
};

/** Begins with its first visible character; models like to start with empty lines. */
const createPart = (write: (text: string) => void, start: () => void) => {
  let whole = '';
  let isVisible = false;
  const add = (text: string) => {
    whole += text;
    const visible = isVisible ? text : text.trimStart();
    if (visible === '') return;
    if (!isVisible) start();
    isVisible = true;
    write(printable(visible));
  };
  return {
    add,
    /** Deltas may be lost, so what was streamed need not be a beginning of the whole: then all of it is shown again. */
    finish: (text: string) => {
      const rest = text.startsWith(whole) ? text.slice(whole.length) : text;
      if (rest === text) isVisible = false;
      add(rest);
    },
  };
};

const folded = (content: readonly ContentBlock[]): readonly string[] => {
  const text = content.map((block) => (typeof block.text === 'string' ? block.text : `[${block.type}]`)).join('\n');
  const lines = printable(text).trimEnd().split('\n');
  const shown = lines.slice(0, foldedLines).map(cut);
  return lines.length > foldedLines ? [...shown, `… ${lines.length - foldedLines} more lines`] : shown;
};

const cut = (text: string): string => (text.length > foldedColumns ? `${text.slice(0, foldedColumns)}…` : text);
const oneLine = (text: string): string => cut(printable(text.replaceAll(/\s+/g, ' ')));
