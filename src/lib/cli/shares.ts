import { checkParams, type EncodeParams } from '../codec/params.js';
import { Failure } from '../util/errors.js';

/** Tahoe's own default; a cap does not say how many shares its owner wanted. */
const HAPPY_DEFAULT = 7;

/** Where nobody said how many good shares are enough: seven, or all there are, and never fewer than needed. */
export function happyFor(needed: number, total: number): number {
  return Math.min(total, Math.max(needed, HAPPY_DEFAULT));
}

/** "3/10" or "3/7/10": needed, happy, total. */
export function parseShares(text: string): Pick<EncodeParams, 'needed' | 'happy' | 'total'> {
  const match = /^(\d{1,3})(?:\/(\d{1,3}))?\/(\d{1,3})$/.exec(text);
  if (!match) throw new Failure('usage', `not a way to share: ${text}`, 'write it like 3/10 or 3/7/10');
  const [needed, total] = [Number(match[1]), Number(match[3])];
  const params = { needed, happy: match[2] === undefined ? happyFor(needed, total) : Number(match[2]), total };
  checkParams(params);
  if (params.happy < needed) {
    throw new Failure('usage', `happy is less than needed: ${text}`, 'write it like 3/7/10: needed ≤ happy ≤ total');
  }
  return params;
}
