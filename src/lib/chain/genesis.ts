import { firstEntry } from './entry.js';
import { bodyRoot, HEADER_VERSION, headerId } from './header.js';
import { heightKey, networkKey, tipKey, treeKey } from './layout.js';
import { EMPTY_RANGE, rangeRoot } from './mmr.js';
import { Overlay } from './overlay.js';
import type { Params } from './params.js';
import { writeEntry } from './records.js';
import { Staging, type SteadyStore } from './staging.js';
import { firstLottery } from './stake/lottery.js';
import { SnapshotTree } from './stake/snapshot.js';

import { type Change, readGlobals } from './state.js';
import { putState } from './state-entry.js';
import { type TreeUpdate, updateTree } from './tree.js';
import type { MinedHeader } from './types.js';

export interface Genesis {
  header: MinedHeader;
  changes: Change[];
  tree: TreeUpdate;
}

const ZERO = new Uint8Array(32);
/** The snapshot of the first two epochs. */
const NOBODY = new SnapshotTree([]).snapshot;

/**
 * Block 0, at slot 0, made by nobody: no premine, globals alone. Its parent is the hash of the
 * parameters, so every block and every reference block leads back to them.
 */
export function makeGenesis(params: Params): Genesis {
  const empty = { get: () => undefined };
  const state = new Overlay(empty);
  state.setGlobals({
    mined: 0n,
    minted: 0n,
    burnt: 0n,
    feePool: 0n,
    baseFee: params.minBaseFee,
    epoch: 0,
    epochSupply: 0n,
    queueSlot: 1,
    queueIndex: 0,
    snapshot: NOBODY,
    next: NOBODY,
    stakingSince: 0,
    bonded: 0n,
    bonds: 0,
    waiting: 0,
    bursts: 0,
    rentSince: 0,
    rentCursor: ZERO,
    queued: 0,
  });
  const changes = state.changes();
  const tree = updateTree(changes, empty);
  const header: MinedHeader = {
    version: HEADER_VERSION,
    height: 0,
    slot: 0,
    parent: params.derived.genesisId,
    stateRoot: tree.root,
    bodyRoot: bodyRoot([]),
    bodySize: 0,
    producer: ZERO,
    ancestors: rangeRoot(EMPTY_RANGE),
    lottery: firstLottery(params.derived.genesisId, readGlobals(state)),
    proof: { kind: 'pow', target: BigInt(`0x${params.firstTarget}`), nonce: 0n },
  };
  return { header, changes, tree };
}

/** Makes an empty store a ledger that stands at block 0. */
export async function writeGenesis(params: Params, store: SteadyStore): Promise<void> {
  const { header, changes, tree } = makeGenesis(params);
  const id = headerId(header);
  const staging = new Staging(store);
  writeEntry(staging, firstEntry(header, id), []);
  for (const change of changes) putState(staging, change);
  for (const [key, value] of tree.writes) staging.put(treeKey(key), value);
  staging.put(heightKey(0), id);
  staging.put(tipKey, id);
  staging.put(networkKey, params.derived.genesisId);
  const nothing = { connected: [], disconnected: [] };
  await store.write(staging.batch(), nothing, () => undefined);
}
