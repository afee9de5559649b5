// What the model reads of a tool call. Every call has exactly one answer, and it tells the true cause.

import { assertNever } from '../errors.ts';
import type { ContentBlock, ToolResult } from './messages.ts';
import type { McpSessionLoss, ToolAnswer } from './transcript.ts';

/** The text of a tool message; with `truncate`, at most that many characters and a marker on top. */
export const renderAnswer = (answer: ToolAnswer, truncate: number | undefined): string =>
  lossNote(answer) + cut(textOf(answer), truncate);

/** Never cut: the model would go on with pages that are closed. No log of an earlier release holds such a loss. */
const lossNote = (answer: ToolAnswer): string => {
  if (answer.type !== 'returned' || answer.lostSession === undefined) return '';
  const { server, cause } = answer.lostSession;
  const why = Object.hasOwn(lossCauses, cause) ? lossCauses[cause] : cause;
  return `[The session with the server ${server} was lost: ${why}. What it held is gone; this result is of a new session.]\n`;
};

const lossCauses: Readonly<Record<McpSessionLoss['cause'], string>> = {
  worker_lost: 'the worker that held it died',
  worker_stopped: 'the worker that held it was stopped',
  server_ended: 'the server ended it',
  idle: 'it was not used for too long',
  lifetime: 'it had lived as long as it may',
  too_many: 'its place was needed',
  forked: 'it stays with the conversation that this one was forked from',
};

const textOf = (answer: ToolAnswer): string => {
  switch (answer.type) {
    case 'returned':
      return resultText(answer.result);
    case 'refused':
      return answer.message;
    case 'rejected':
      return `The user did not allow this call; it was not made.${answer.reason === undefined ? '' : ` Reason: ${answer.reason}`}`;
    case 'failed':
      return `The tool could not be reached; the call was not made. ${answer.failure.message}`;
    case 'unknown':
      return 'The connection was lost after the call was sent: it may have happened or not. Verify before you repeat it.';
    case 'cancelled':
      return cancelledText(answer);
    default:
      return assertNever(answer);
  }
};

const cancelledText = ({ cause, started }: Extract<ToolAnswer, { type: 'cancelled' }>): string => {
  const because = {
    requested: 'The user cancelled the turn',
    interrupted: 'The user interrupted the turn with a new message',
    failed: 'The turn failed',
    forked: 'The conversation was forked here',
  }[cause];
  return started
    ? `${because} while this call was under way: it may have happened or not.`
    : `${because} before this call was made: it was not executed${cause === 'forked' ? ' in this branch' : ''}.`;
};

/** Text as it is; other kinds as a line that says what they are; structured content where there is nothing else. */
export const resultText = ({ content, structuredContent }: ToolResult): string => {
  if (content.length === 0 && structuredContent !== undefined) return JSON.stringify(structuredContent);
  return content.map(blockText).join('\n');
};

const asText = (value: unknown): string => (typeof value === 'string' ? value : '');

const blockText = (block: ContentBlock): string => {
  switch (block.type) {
    case 'text':
      return asText(block.text);
    case 'image':
    case 'audio':
      return `[${block.type}: ${asText(block.mimeType)}, ${asText(block.data).length} characters of base64]`;
    case 'resource_link':
      return `[resource: ${asText(block.uri)}]`;
    case 'resource':
      return resourceText(block.resource);
    default:
      return JSON.stringify(block);
  }
};

const resourceText = (resource: unknown): string => {
  const { uri, text, mimeType } = (typeof resource === 'object' && resource !== null ? resource : {}) as Record<string, unknown>;
  return typeof text === 'string' ? text : `[resource: ${asText(uri)} ${asText(mimeType)}]`;
};

/** Counts UTF-16 units like the seed's script, but never cuts a pair in two. */
const cut = (text: string, truncate: number | undefined): string => {
  if (truncate === undefined || text.length <= truncate) return text;
  const splitsPair = /[\uD800-\uDBFF]$/.test(text.slice(0, truncate)) && /^[\uDC00-\uDFFF]/.test(text.slice(truncate));
  const end = splitsPair ? truncate - 1 : truncate;
  return `${text.slice(0, end)}\n[truncated: ${end} of ${text.length} characters]`;
};
