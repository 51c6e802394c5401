import { happyFor } from '../codec/happy.js';
import { checkParams, type EncodeParams } from '../codec/params.js';
import { Failure } from '../util/errors.js';

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
