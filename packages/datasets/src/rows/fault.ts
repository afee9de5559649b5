// Why an answer is not a good example. The first reason that holds is the one that is counted; docs/datasets.md defines each.

import type { ToolAnswer } from '@turnlog/core';
import type { ReadConversation, RecordedAnswer } from './recorded-answers.ts';

export type Fault = 'error' | 'truncated_output' | 'unknown_outcome' | 'rejected_call' | 'bad_arguments';

/** What speaks against the answer itself, whatever people said of it and whether it was left. */
export const faultOf = (
  { asked, executed, finishReason }: Pick<RecordedAnswer, 'asked' | 'executed' | 'finishReason'>,
  outcomes: ReadConversation['outcomes'],
): Fault | undefined => {
  const answers = executed.toolCalls.map(({ id }) => outcomes.get(id));
  if (isNoAnswer({ executed, finishReason }) || answers.some(isUnknownTool) || isUnasked(asked)) return 'error';
  if (finishReason === 'length') return 'truncated_output';
  if (answers.some(isUnknown)) return 'unknown_outcome';
  if (answers.some(isRejected)) return 'rejected_call';
  return answers.some(isBadlyWritten) ? 'bad_arguments' : undefined;
};

const failedReasons: readonly string[] = ['error', 'content_filter'];

/** Nothing was said and nothing was asked for, or the server ended it. */
export const isNoAnswer = ({
  executed: { content, toolCalls },
  finishReason,
}: Pick<RecordedAnswer, 'executed' | 'finishReason'>) =>
  failedReasons.includes(finishReason) || ((content ?? '').trim() === '' && toolCalls.length === 0);

/** It follows the model's own words, as in some imported traces: templates render those otherwise once they are not the last. */
const isUnasked = ({ transcript }: RecordedAnswer['asked']): boolean => transcript?.entry.kind === 'assistant';

const isUnknownTool = (answer: ToolAnswer | undefined): boolean => answer?.type === 'refused' && answer.reason === 'unknown_tool';

/** Sent without an answer, or not settled yet. */
const isUnknown = (answer: ToolAnswer | undefined): boolean =>
  answer === undefined || answer.type === 'unknown' || (answer.type === 'cancelled' && answer.started);

const isRejected = (answer: ToolAnswer | undefined): boolean =>
  answer?.type === 'rejected' || (answer?.type === 'refused' && answer.reason === 'policy');

/** No JSON, or not what the tool's own schema asks for. */
const isBadlyWritten = (answer: ToolAnswer | undefined): boolean =>
  answer?.type === 'refused' && answer.reason === 'bad_arguments';
