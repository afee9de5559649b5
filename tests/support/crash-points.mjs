// Every boundary between two things that a crash can part.

const around = (boundaries) => boundaries.flatMap((boundary) => [`before ${boundary}`, `after ${boundary}`]);

/** Each is met by a turn of its own, which is killed once. */
export const points = around([
  'append of ConversationStarted',
  'append of AttemptStarted of a model',
  'append of AttemptStarted of a tool',
  'append of AttemptFailed',
  'append of ModelResponded',
  'append of ToolReturned',
  'append of ToolCallApproved',
  'adding jobs',
  'adding jobs again',
  'listing tools',
  'calling the model',
  'calling a tool',
  'performing a job',
]);

/** Met one after the other by one conversation, which is killed at each of them. */
export const pointsOfSecondThoughts = [
  ...around(['append of ToolsListed']),
  'while calling the model',
  ...around(['append of ToolOutcomeUnknown', 'the answer to a commit']),
  ...around(['append of TurnSteered', 'append of TurnQueued', 'append of ToolOutcomeDecided']),
  ...around(['append of ToolCallRejected', 'append of ToolCallEdited']),
  'while calling a tool',
  ...around(['append of TurnPaused', 'append of TurnResumed']),
];

export const pointsOfAnEnd = around([
  'append of TurnCancelled',
  'append of OutcomeSuperseded',
  'append of TurnRolledBack',
  'append of ConversationForked',
  'append of ConversationErased',
  'erasing',
]);
