// Takes what a terminal sends apart into keys and pastes ("bracketed paste": the terminal marks where one begins and ends).
// A line break inside a paste, or typed with Alt-Enter, is held as one visible sign, so that a line editor can edit it.

export const lineBreak = '↵';
const pasteStart = '\u001b[200~';
const pasteEnd = '\u001b[201~';

/** Tells the terminal to mark pastes, and to stop. */
export const markPastes = '\u001b[?2004h';
export const markNoPastes = '\u001b[?2004l';

export interface TypedPiece {
  readonly type: 'keys' | 'paste';
  readonly text: string;
}

/** Gives a function that takes text as it arrives, cut anywhere, and returns what is complete. */
export const createPasteReader = (): ((text: string) => readonly TypedPiece[]) => {
  let rest = '';
  let isPasting = false;
  return (text) => {
    const pieces: TypedPiece[] = [];
    rest += text;
    for (;;) {
      const mark = isPasting ? pasteEnd : pasteStart;
      const found = rest.indexOf(mark);
      if (found < 0) break;
      pieces.push(isPasting ? paste(rest.slice(0, found)) : keys(rest.slice(0, found)));
      rest = rest.slice(found + mark.length);
      isPasting = !isPasting;
    }
    if (!isPasting) {
      const held = beginningOf(pasteStart, rest);
      pieces.push(keys(rest.slice(0, rest.length - held)));
      rest = rest.slice(rest.length - held);
    }
    return pieces.filter((piece) => piece.text !== '');
  };
};

/** How many signs at the end may be the beginning of the mark. Escape alone is a key. */
const beginningOf = (mark: string, text: string): number => {
  for (let length = mark.length - 1; length > 1; length--) if (text.endsWith(mark.slice(0, length))) return length;
  return 0;
};

const keys = (text: string): TypedPiece => ({
  type: 'keys',
  text: text.replaceAll('\u001b\r', lineBreak).replaceAll('\u001b\n', lineBreak),
});

/** Other control signs would be taken for keys. */
const paste = (text: string): TypedPiece => ({
  type: 'paste',
  text: joinLines(text.replace(/(\r\n|\r|\n)$/, '')).replaceAll(/[^\P{Cc}\t]/gu, ''),
});

export const joinLines = (text: string): string => text.replaceAll(/\r\n|\r|\n/g, lineBreak);
export const splitLines = (line: string): string => line.replaceAll(lineBreak, '\n');
