// Pairs of answers to the same question, of which one is preferred: people changed it, said what should have been said, rated
// the two differently, or graders rewarded one more. What each answer was asked is compared by hash, never by where it stands.

import type { AssistantMessage } from '@turnlog/core';
import { faultOf, isNoAnswer } from './fault.ts';
import { createPrefixHash } from './prefix-hash.ts';
import type { ExclusionReason, JsonValue, Projection, Row, RowOptions } from './projection.ts';
import type { ReadFamily, ReadMember } from './read-family.ts';
import type { RecordedAnswer } from './recorded-answers.ts';
import { commonColumns, createRowList, idOf, promptOf, rowOf } from './row-common.ts';
import { argumentsFor, assistantMessage, createMessageReader } from './row-message.ts';
import { toolsColumn, toolsOf } from './row-tools.ts';
import { standingOf } from './standing.ts';

/** One side of a pair. `version`: of the answer, or of the event with which a person wrote this instead. */
interface Side {
  readonly conversation: string;
  readonly version: number;
  readonly message: AssistantMessage;
}

interface Pair {
  readonly member: ReadMember;
  /** Whose prompt it is. */
  readonly answer: RecordedAnswer;
  readonly chosen: Side;
  readonly rejected: Side;
  /** Why what was chosen is no example after all. */
  readonly reason: ExclusionReason | undefined;
}

export const projectDpo = (family: ReadFamily, options: RowOptions): Projection => {
  const list = createRowList();
  const rated = ratedPairs(family, options);
  for (const member of family.members) {
    if (!member.isSelected) continue;
    const pairs = [...member.own.flatMap((answer) => writtenPairs(answer, member)), ...(rated.get(member) ?? [])];
    const rowOfPair = createPairRow(member, options);
    for (const pair of pairs.sort(byPlace)) {
      const row = pair.reason ?? rowOfPair(pair);
      if (typeof row === 'string') list.exclude(row);
      else list.add(rowOf(pair.answer, row, member.state.version));
    }
  }
  return list.projection();
};

const byPlace = (a: Pair, b: Pair): number =>
  a.chosen.version - b.chosen.version ||
  (a.rejected.conversation < b.rejected.conversation ? -1 : 1) * Number(a.rejected.conversation !== b.rejected.conversation) ||
  a.rejected.version - b.rejected.version;

const modelSide = ({ conversation, version, executed }: RecordedAnswer): Side => ({ conversation, version, message: executed });

/** What a person wrote in place of what the model did. */
const writtenPairs = (answer: RecordedAnswer, member: ReadMember): readonly Pair[] => {
  const { conversation, version, written, executed, editedAt } = answer;
  const correction = member.judgements.correctionOf(answer);
  const corrected: readonly Pair[] =
    correction === undefined
      ? []
      : [
          {
            member,
            answer,
            chosen: { conversation, version: correction.version, message: { content: correction.text, toolCalls: [] } },
            rejected: modelSide(answer),
            reason: undefined,
          },
        ];
  const edited: readonly Pair[] =
    editedAt === undefined
      ? []
      : [
          {
            member,
            answer,
            chosen: { conversation, version: editedAt, message: executed },
            rejected: { conversation, version, message: written },
            reason: whyNotChosen(answer, member),
          },
        ];
  return [...corrected, ...edited].filter(isPreference);
};

/** Ratings say what is better, or that it is bad; unknown or refused calls and cut answers are no example all the same. */
const whyNotChosen = (answer: RecordedAnswer, { judgements, outcomes }: ReadMember): ExclusionReason | undefined =>
  judgements.ratingOf(answer) === -1 ? 'low_rating' : faultOf(answer, outcomes);

interface Candidate {
  readonly member: ReadMember;
  readonly answer: RecordedAnswer;
  /** Nobody's word counts as 0. */
  readonly standing: number;
  /** Compared where ratings are equal and both have one. */
  readonly reward: number | undefined;
}

const isBetter = (one: Candidate, other: Candidate): boolean =>
  one.standing === other.standing
    ? one.reward !== undefined && other.reward !== undefined && one.reward > other.reward
    : one.standing > other.standing;

/** By the member whose answer is chosen. Members that were filtered out give what is rejected, never what is chosen. */
const ratedPairs = ({ members }: ReadFamily, options: RowOptions): ReadonlyMap<ReadMember, readonly Pair[]> => {
  const pairs = new Map<ReadMember, Pair[]>();
  for (const candidates of siblingsIn(members, options))
    for (const candidate of candidates) {
      const { member, answer } = candidate;
      if (!member.isSelected) continue;
      const found = candidates
        .filter((other) => isBetter(candidate, other))
        .map(
          (other): Pair => ({
            member,
            answer,
            chosen: modelSide(answer),
            rejected: modelSide(other.answer),
            reason: whyNotChosen(answer, member),
          }),
        )
        .filter(isPreference);
      pairs.set(member, [...(pairs.get(member) ?? []), ...found]);
    }
  return pairs;
};

/** Answers to the same question, where at least one of them was judged. */
const siblingsIn = (members: readonly ReadMember[], options: RowOptions): readonly (readonly Candidate[])[] => {
  const isJudged = members.some((member) =>
    member.own.some((answer) => standingOf(answer, member) !== undefined || member.judgements.rewardOf(answer) !== undefined),
  );
  if (!isJudged) return [];
  const groups = new Map<string, Candidate[]>();
  for (const member of members) {
    const prefixHash = createPrefixHash(member, options);
    for (const answer of member.own) {
      const hash = prefixHash(answer);
      const candidate = {
        member,
        answer,
        standing: standingOf(answer, member) ?? 0,
        reward: member.judgements.rewardOf(answer),
      };
      groups.set(hash, [...(groups.get(hash) ?? []), candidate]);
    }
  }
  return [...groups.values()].filter((candidates) => candidates.length > 1);
};

/** The same deed twice is no preference. */
const isPreference = ({ chosen, rejected }: Pair): boolean => deedOf(chosen.message) !== deedOf(rejected.message);

const deedOf = ({ content, toolCalls }: AssistantMessage): string =>
  JSON.stringify([content ?? '', toolCalls.map(({ name, arguments: raw }) => [name, raw])]);

const createPairRow = (member: ReadMember, options: RowOptions) => {
  const as = argumentsFor(options);
  const messages = createMessageReader(member.state.truncate, as);
  return ({ answer, chosen, rejected }: Pair): Row | ExclusionReason => {
    if (isNoAnswer({ executed: rejected.message, finishReason: '' })) return 'error';
    const prompt = promptOf(answer, messages, options.promptReasoning);
    const better = assistantMessage(chosen.message, 'trained', as);
    const worse = assistantMessage(rejected.message, 'trained', as);
    if (prompt === undefined || better === undefined || worse === undefined) return 'bad_arguments';
    return {
      ...commonColumns(`${idOf(chosen)}|${idOf(rejected)}`, answer, member),
      timestamp: member.events[chosen.version - 1]?.recordedAt ?? answer.recordedAt,
      prompt: prompt as JsonValue,
      chosen: [better] as JsonValue,
      rejected: [worse] as JsonValue,
      tools: toolsColumn(toolsOf(answer.asked), options),
    };
  };
};
