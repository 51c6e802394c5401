import { equal } from '../../util/bytes.js';
import { encodeCbor } from '../../util/cbor.js';
import { decodeRecord, nested } from '../fields.js';
import { leavesKey } from '../layout.js';
import type { Reader, Staging } from '../staging.js';
import type { Hash } from '../types.js';
import type { Frozen } from './boundary.js';
import { SnapshotTree } from './snapshot.js';

/*
 * The leaves of the last snapshots, which the state has only the roots of: whoever leads a slot proves its leaf from
 * them. No rule reads them. A ring, by the epoch they are drawn in: four are enough for a reorganisation, which ends
 * within the epoch before.
 */

const EPOCHS_KEPT = 4;

/** Keeps what a block of `epoch` froze: a snapshot of one epoch, or of two where some went by without a block. */
export function writeFrozen(staging: Staging, { epoch, tree }: Frozen, entered: number): void {
  const leaves = tree.leaves.map(({ account, stake, vrfKey, signingKey }) => [account, stake, vrfKey, signingKey]);
  const bytes = encodeCbor(leaves);
  for (let drawn = epoch; drawn <= entered + 1; drawn++) staging.put(leavesKey(drawn % EPOCHS_KEPT), bytes);
}

/** The snapshot of an epoch, if the one kept is that with this root. */
export function readFrozen(reader: Reader, epoch: number, root: Hash): SnapshotTree | undefined {
  const bytes = reader.get(leavesKey(epoch % EPOCHS_KEPT));
  if (bytes === undefined) return undefined;
  const leaves = decodeRecord(bytes, (f) => {
    const list = [];
    while (f.more()) {
      list.push(
        nested(f, (leaf) => ({
          ...{ account: leaf.hash(), stake: leaf.amount(1n), vrfKey: leaf.hash(), signingKey: leaf.hash() },
        })),
      );
    }
    return list;
  });
  const tree = new SnapshotTree(leaves);
  return equal(tree.snapshot.root, root) ? tree : undefined;
}
