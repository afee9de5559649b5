/** The command cannot be done as it was typed; the message says how it can. */
export class CalledWrongly extends Error {
  override readonly name = 'CalledWrongly';
}
