import { Failure } from '../util/errors.js';

/**
 * A UUID, a bounty's id, an advert's id: 32 bytes in hexadecimal, in lower case from here on. What is
 * none is not repeated where it could be a cap: caps are secrets.
 */
export function parseId(word: string, called: string): string {
  if (/^[0-9a-fA-F]{64}$/.test(word)) return word.toLowerCase();
  throw new Failure('usage', `not a ${called}: ${shown(word)}`, 'an id is 64 hexadecimal digits');
}

/** An operand in an error message. */
export function shown(word: string): string {
  if (/URI:/i.test(word)) return 'a cap';
  return word.length > 80 ? `${word.slice(0, 80)}…` : word;
}
