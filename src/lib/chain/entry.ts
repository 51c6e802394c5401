import { workOf } from './asert.js';
import { append, EMPTY_RANGE, type Range } from './mmr.js';
import type { Params } from './params.js';
import { isLedByStake } from './stake/lottery.js';
import type { Hash, Header, MinedHeader } from './types.js';

/** A block as the fork choice, and the headers on it, see it: of the chain below it this is all they need. */
export interface Entry {
  header: Header;
  id: Hash;
  /** Of this block and all below it: hashes expected, and a unit each for what stake leads. */
  work: bigint;
  /** What a block adds where stake leads: the work of the last one mined before. */
  unit: bigint;
  /** The ids of all blocks up to this one, genesis first. */
  range: Range;
}

/** Genesis, which cost nothing. */
export function firstEntry(header: MinedHeader, id: Hash): Entry {
  return { header, id, work: 0n, unit: workOf(header.proof.target), range: append(EMPTY_RANGE, id).range };
}

/**
 * A header on its parent, both checked. Where stake leads, every block adds the same, mined ones among them: so most
 * work is the longest chain there, and the one number goes on from the mined blocks below.
 */
export function entryOn(params: Params, parent: Entry, header: Header, id: Hash): Entry {
  const { proof } = header;
  const mined = proof.kind === 'pow' && !isLedByStake(params, header);
  const unit = mined ? workOf(proof.target) : parent.unit;
  return { header, id, work: parent.work + unit, unit, range: append(parent.range, id).range };
}
