export const LIAR_POINTS = 50;

/** A peer was caught: what it sent contradicts what was asked for, or itself. */
export class Liar extends Error {
  constructor(
    message: string,
    readonly points = LIAR_POINTS,
  ) {
    super(message);
    this.name = 'Liar';
  }
}
