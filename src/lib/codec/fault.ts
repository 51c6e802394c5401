import { Failure } from '../util/errors.js';

/** A share that is corrupt, cut short, of another file, or unreadable. The message says which, for the operator. */
export class ShareFault extends Error {}

/** The blocks agree with the cap, and do not make what the cap says: no other shares will help. */
export function contradiction(segment: number): Failure {
  const what = `segment ${segment} does not match the cap, though its blocks do`;
  return new Failure('lost', what, 'the file was encoded wrongly');
}
