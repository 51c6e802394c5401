import type { Entry } from '../entry.js';
import type { Params } from '../params.js';
import { type Reader, stateIn } from '../staging.js';
import type { Address, Hash } from '../types.js';
import { epochOf } from './epoch.js';
import { frozenInState, readFrozen } from './frozen.js';
import { isLedByStake, noncesAfter } from './lottery.js';
import type { StakeProof } from './snapshot.js';

/** What a slot's leaders are drawn from. */
export interface Draw {
  nonce: Hash;
  /** Of the epoch's snapshot, which is read only where it is asked for a leaf. */
  root: Hash;
  /** undefined: no such leaf, or this node does not hold the snapshot. */
  prove(account: Address): StakeProof | undefined;
}

/** For a slot on a tip. undefined where stake does not lead, or the state alone will tell the snapshot. */
export function drawOn(params: Params, reader: Reader, tip: Entry, slot: number): Draw | undefined {
  const { lottery } = tip.header;
  const epoch = epochOf(params, slot);
  const entered = epoch - epochOf(params, tip.header.slot);
  if (slot <= tip.header.slot || entered > 1 || !isLedByStake(params, { slot, lottery })) return undefined;
  const root = entered === 0 ? lottery.snapshot : lottery.next;
  const { nonce } = noncesAfter(params, tip, slot);
  const tree = () => readFrozen(reader, epoch, root) ?? frozenInState(stateIn(reader), entered === 0 ? 0 : 1, root);
  return { nonce, root, prove: (account) => tree()?.prove(account) };
}
