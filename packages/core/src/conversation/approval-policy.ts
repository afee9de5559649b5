// Which tool calls wait for a person. A request may tighten the operator's policy, never loosen it.

import type { Approval, ApprovalPolicy, Tool, UnknownOutcomePolicy } from './settings.ts';

const strictness: Record<ApprovalPolicy, number> = { auto: 0, 'ask-if-destructive': 1, ask: 2, never: 3 };

const requested = (approval: Approval | undefined, tool: Tool): ApprovalPolicy | undefined =>
  typeof approval === 'object' ? (Object.hasOwn(approval, tool.name) ? approval[tool.name] : undefined) : approval;

/** What happens to a call of this tool: it runs, waits for a person, or is refused. */
export const approvalFor = (approval: Approval | undefined, tool: Tool): 'auto' | 'ask' | 'never' => {
  const asked = requested(approval, tool) ?? 'auto';
  const operators = tool.approval ?? 'auto';
  const policy = strictness[asked] >= strictness[operators] ? asked : operators;
  return policy === 'ask-if-destructive' ? (isKnownHarmless(tool) ? 'auto' : 'ask') : policy;
};

/** In a conversation: a cassette calls nothing, and a replay in earnest repeats no side effect that nobody agreed to again. */
export const approvalIn = (
  { approval, replay }: { readonly approval: Approval | undefined; readonly replay: { readonly mode: string } | undefined },
  tool: Tool,
): 'auto' | 'ask' | 'never' => {
  const policy = approvalFor(approval, tool);
  if (replay?.mode === 'cassette' && policy === 'ask') return 'auto';
  return replay?.mode === 'live' && policy === 'auto' && !onlyReads(tool) ? 'ask' : policy;
};

const onlyReads = ({ trusted, annotations }: Tool): boolean =>
  trusted && annotations?.readOnlyHint === true && !contradicts(annotations);

/** Annotations are hints of the server: they count only where the operator trusts it. */
const isKnownHarmless = ({ trusted, annotations }: Tool): boolean =>
  trusted && (annotations?.readOnlyHint === true || annotations?.destructiveHint === false) && !contradicts(annotations);

const contradicts = (annotations: Tool['annotations']): boolean =>
  annotations?.readOnlyHint === true && annotations.destructiveHint === true;

/** What to do with a call that was sent and lost: operator before trusted annotations before a person. */
export const unknownOutcomePolicyFor = (tool: Tool | undefined): UnknownOutcomePolicy => {
  if (tool === undefined) return 'ask';
  if (tool.onUnknownOutcome !== undefined) return tool.onUnknownOutcome;
  const { trusted, annotations } = tool;
  const repeatable = annotations?.readOnlyHint === true || annotations?.idempotentHint === true;
  return trusted && repeatable && !contradicts(annotations) ? 'retry' : 'ask';
};
