// Text that is neither secret nor repeated, from a seed: the same seed gives the same words.

const vocabulary = (
  'the a of to and in is it for on with as by at from that this which file line value result report table index query page ' +
  'river mountain city weather train ticket price morning evening north south early later open closed read write list find ' +
  'first second third last next number count total average larger smaller above below between before after during error ' +
  'warning notice source target branch commit release version server client request answer question reason example note'
).split(' ');

export const createWords = (seed: string) => {
  let state = [...seed].reduce((hash, character) => (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0, 17);
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return {
    number: (below: number): number => 1 + next(below),
    /** About so many characters. */
    text: (length: number): string => {
      let text = '';
      while (text.length < length) text += `${text === '' ? '' : ' '}${vocabulary[next(vocabulary.length)]}`;
      return text;
    },
  };
};
