import { equal } from '../../util/bytes.js';
import { encodeCbor } from '../../util/cbor.js';
import { decodeRecord, nested } from '../fields.js';
import { leavesKey } from '../layout.js';
import type { Reader, Staging } from '../staging.js';
import type { StateView } from '../state.js';
import type { Hash } from '../types.js';
import { leafOf, readBonds } from './bond.js';
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
  return rooted(new SnapshotTree(leaves), root);
}

/**
 * The snapshot of the running epoch (0) or the next (1), from the bonds as they are: for a node that joined after it
 * was frozen. undefined where a bond of it is gone since, slashed or paid back.
 */
export function frozenInState(view: StateView, which: 0 | 1, root: Hash): SnapshotTree | undefined {
  const drawn = readBonds(view).filter(({ bond }) => bond.drawn[which] > 0n);
  const leaves = drawn.map(({ account, bond }) => ({ ...leafOf(account, bond), stake: bond.drawn[which] }));
  return rooted(new SnapshotTree(leaves), root);
}

function rooted(tree: SnapshotTree, root: Hash): SnapshotTree | undefined {
  return equal(tree.snapshot.root, root) ? tree : undefined;
}
