// Separates `<think>…</think>` from an answer whose server has no reasoning parser, wherever the chunks are cut.
// Only a leading block is reasoning: the same tag later in the text is prose about the tag.
//
// Templates of DeepSeek-R1 and QwQ write `<think>` into the prompt, so that the answer holds the closing tag alone. Until one of
// the tags shows which text this is, nothing is decided; `undecided` is what may be shown of it meanwhile.

export interface ThinkPiece {
  readonly kind: 'content' | 'reasoning';
  /** May be "": an empty block is still a block. */
  readonly text: string;
}

export interface ThinkSplitter {
  push(text: string): readonly ThinkPiece[];
  /** Text that is probably content: shown as it comes, recorded only when it is decided. Never a part of a tag. */
  undecided(): string;
  /** Gives what is still held; nothing more can turn it into reasoning. Whatever is pushed later is content. */
  finish(): readonly ThinkPiece[];
}

const open = '<think>';
const close = '</think>';

const content = (text: string): readonly ThinkPiece[] => (text === '' ? [] : [{ kind: 'content', text }]);
const reasoning = (text: string): ThinkPiece => ({ kind: 'reasoning', text });

export function createThinkSplitter(): ThinkSplitter {
  let state: 'leading' | 'undecided' | 'reasoning' | 'content' = 'leading';
  let held = '';
  // The end of what was searched already, so that each character is searched once.
  let carry = '';

  function settle(next: 'reasoning' | 'content'): void {
    state = next;
    held = '';
    carry = '';
  }

  function lead(text: string): readonly ThinkPiece[] {
    held += text;
    const start = held.trimStart();
    if (start.startsWith(open)) {
      settle('reasoning');
      return [reasoning(''), ...think(start.slice(open.length))];
    }
    if (open.startsWith(start)) return [];
    state = 'undecided';
    const all = held;
    held = '';
    return decide(all);
  }

  function decide(text: string): readonly ThinkPiece[] {
    held += text;
    const searched = carry + text;
    carry = searched.slice(-(close.length - 1));
    const closeAt = searched.indexOf(close);
    const openAt = searched.indexOf(open);
    const all = held;
    if (closeAt !== -1 && (openAt === -1 || closeAt < openAt)) {
      const at = all.length - searched.length + closeAt;
      settle('content');
      return [reasoning(all.slice(0, at)), ...content(all.slice(at + close.length))];
    }
    if (openAt === -1) return [];
    settle('content');
    return content(all);
  }

  function think(text: string): readonly ThinkPiece[] {
    const all = held + text;
    const closeAt = all.indexOf(close);
    if (closeAt !== -1) {
      settle('content');
      return [reasoning(all.slice(0, closeAt)), ...content(all.slice(closeAt + close.length))];
    }
    const keep = cutTagLength(all);
    held = all.slice(all.length - keep);
    return keep === all.length ? [] : [reasoning(all.slice(0, all.length - keep))];
  }

  const read = { leading: lead, undecided: decide, reasoning: think, content };
  return {
    push: (text) => read[state](text),
    undecided: () => (state === 'undecided' ? held.slice(0, held.length - cutTagLength(held)) : ''),
    finish() {
      const rest = held;
      const wasReasoning = state === 'reasoning';
      settle('content');
      return wasReasoning && rest !== '' ? [reasoning(rest)] : content(rest);
    },
  };
}

/** How many characters at the end may be the beginning of a tag. */
function cutTagLength(text: string): number {
  for (let length = Math.min(close.length - 1, text.length); length > 0; length--) {
    const end = text.slice(-length);
    if (close.startsWith(end) || open.startsWith(end)) return length;
  }
  return 0;
}
