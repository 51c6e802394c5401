import { taggedHash } from '../../crypto/hash.js';
import { concat, u64be } from '../../util/bytes.js';
import { invariant } from '../../util/errors.js';
import type { Hash } from '../types.js';

/*
 * η, the randomness of an epoch (PROTOCOL §7): η_e is hashed from η_{e−1} and what every block in the first 6k/f
 * slots of epoch e − 1 adds. Folded block by block, not hashed over a list: so the state holds 32 bytes of it, and
 * a node that joins in the middle of an epoch has what it needs.
 */

/** What a block led by stake adds: H("N" ‖ β). Leadership hashes β under another tag, so neither tells the other. */
export function noncePart(beta: Uint8Array): Hash {
  invariant(beta.length === 64, 'a VRF output is 64 bytes');
  return taggedHash('holdfast/nonce-part/v1', beta);
}

/** One block more: v ← H(v ‖ part). It begins, at an epoch's first slot, with that epoch's η. A mined block adds its id. */
export function evolveNonce(evolving: Hash, part: Hash): Hash {
  invariant(evolving.length === 32 && part.length === 32, 'a nonce and its parts are hashes');
  return taggedHash('holdfast/evolving-nonce/v1', evolving, part);
}

/** η of the next epoch, from what the blocks of this one made of its own. */
export function closeNonce(evolved: Hash): Hash {
  return taggedHash('holdfast/epoch-nonce/v1', evolved);
}

/** η_e from η_{e−1} and the parts in the order of their blocks. */
export function nextNonce(previous: Hash, parts: readonly Hash[]): Hash {
  return closeNonce(parts.reduce(evolveNonce, previous));
}

/** What the VRF of a slot is asked: η_e ‖ u64be slot, 40 bytes. */
export function vrfInput(nonce: Hash, slot: number): Uint8Array {
  invariant(nonce.length === 32, 'a nonce is a hash');
  return concat(nonce, u64be(slot));
}
