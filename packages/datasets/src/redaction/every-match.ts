/** As `text.matchAll(pattern)`, which copies the pattern for each text: for short texts that takes longer than the search. */
export const everyMatch = (text: string, pattern: RegExp): readonly RegExpExecArray[] => {
  const matches: RegExpExecArray[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) matches.push(match);
  return matches;
};
