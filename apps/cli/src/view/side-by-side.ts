// Two texts in two columns, wrapped at words where that is possible.

const gap = ' │ ';

/** Lines of `width` columns at most, headed by the two titles. */
export const sideBySide = (
  left: { readonly title: string; readonly text: string },
  right: { readonly title: string; readonly text: string },
  width: number,
): readonly string[] => {
  const column = Math.max(20, Math.floor((width - gap.length) / 2));
  const lefts = [left.title, '─'.repeat(column), ...wrap(left.text, column)];
  const rights = [right.title, '─'.repeat(column), ...wrap(right.text, column)];
  return Array.from({ length: Math.max(lefts.length, rights.length) }, (_, row) => {
    const [start, end] = [lefts[row] ?? '', rights[row] ?? ''];
    return `${start}${' '.repeat(Math.max(0, column - columnsOf(start)))}${gap}${end}`.trimEnd();
  });
};

const wrap = (text: string, width: number): readonly string[] => text.split('\n').flatMap((line) => wrapLine(line, width));

const wrapLine = (line: string, width: number): readonly string[] => {
  const lines: string[] = [];
  let current = '';
  for (const piece of line.replaceAll('\t', '  ').split(/(?<= )/)) {
    if (columnsOf(current + piece.trimEnd()) > width && current !== '') {
      lines.push(current.trimEnd());
      current = '';
    }
    current += piece;
    while (columnsOf(current.trimEnd()) > width) {
      const cut = fitting(current, width);
      lines.push(current.slice(0, cut));
      current = current.slice(cut);
    }
  }
  return [...lines, current.trimEnd()];
};

const fitting = (text: string, width: number): number => {
  let columns = 0;
  let length = 0;
  for (const character of text) {
    columns += columnsOf(character);
    if (columns > width) break;
    length += character.length;
  }
  return Math.max(length, 1);
};

/** East Asian characters and emoji take two columns; marks that stand on others take none. */
const columnsOf = (text: string): number => {
  let columns = 0;
  for (const character of text) {
    if (/\p{M}|\p{Cf}/u.test(character)) continue;
    columns += /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}/u.test(character)
      ? 2
      : 1;
  }
  return columns;
};
