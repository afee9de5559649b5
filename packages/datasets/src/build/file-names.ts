// What the files of conversations are called. Who was recorded first keeps the plain name; others of that name get `_2`, `_3` …
// in the order of their recording: a new conversation never takes a name that another one has.

export interface Nameable {
  readonly conversation: string;
  readonly stem: string;
  /** Where its first own event stands in the log, as text that sorts. */
  readonly place: string;
}

/** By conversation. */
export const fileNames = (files: readonly Nameable[]): ReadonlyMap<string, string> => {
  const holders = new Map<string, string>();
  const inOrder = [...files].sort((a, b) => (`${a.place} ${a.conversation}` < `${b.place} ${b.conversation}` ? -1 : 1));
  for (const { stem, conversation } of inOrder) {
    let name = stem;
    for (let number = 2; holders.has(name); number++) name = `${stem}_${number}`;
    holders.set(name, conversation);
  }
  return new Map([...holders].map(([name, conversation]) => [conversation, name]));
};

/** Those whose names others want too: of the rest nobody has to know who was first. */
export const contested = (stems: readonly string[]): ReadonlySet<string> => {
  const seen = new Set<string>();
  const twice = new Set(stems.filter((stem) => seen.size === seen.add(stem).size));
  return new Set(stems.filter((stem) => twice.has(stem) || twice.has(stem.replace(/_\d+$/, ''))));
};
