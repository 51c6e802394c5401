import { compare, equal } from '../util/bytes.js';
import { LedgerError } from './errors.js';
import { type Entry, idAt, readEntry } from './records.js';
import type { Reader } from './staging.js';

/**
 * Most work wins. Between equals the lower id does, so that nodes that saw the same blocks in any
 * order stand on the same one.
 */
export function isBetter(a: Entry, b: Entry): boolean {
  return a.work === b.work ? compare(a.id, b.id) < 0 : a.work > b.work;
}

export interface Branch {
  /** The last block the branch shares with the main chain. */
  fork: Entry;
  /** The branch's blocks above the fork, lowest first, `entry` the last. */
  blocks: Entry[];
}

/**
 * The way from the main chain to a block. Throws 'invalid-parent' where a block on it was erased as invalid, 'too-deep'
 * where it lay at `pruned` or below, and was erased because no reorganisation goes there.
 */
export function branchTo(reader: Reader, entry: Entry, pruned: number): Branch {
  const blocks = [entry];
  for (;;) {
    const { header } = blocks[blocks.length - 1]!;
    const below = readEntry(reader, header.parent);
    if (!below) throw new LedgerError(header.height - 1 <= pruned ? 'too-deep' : 'invalid-parent');
    const main = idAt(reader, below.header.height);
    if (main && equal(main, below.id)) return { fork: below, blocks: blocks.reverse() };
    blocks.push(below);
  }
}
