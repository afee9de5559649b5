// Words of models and tools may hold signs that repaint, retitle or reorder a terminal: a call could look like another one
// than it is. They are shown as what they are.

const pictures = 0x2400;
const deletePicture = '\u2421';
const replacement = '\ufffd';

/** The same text with control signs and changes of direction made visible; line breaks and tabs stay. */
export const printable = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replaceAll(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, (sign) => pictureOf(sign.codePointAt(0) ?? 0));

const pictureOf = (code: number): string => {
  if (code < 0x20) return String.fromCodePoint(pictures + code);
  return code === 0x7f ? deletePicture : replacement;
};
