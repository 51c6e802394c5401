import { proofToHash } from '../../crypto/vrf.js';
import { equal } from '../../util/bytes.js';
import { invariant } from '../../util/errors.js';
import { enforce } from '../errors.js';
import type { Params } from '../params.js';
import type { Globals, Hash, Header, Lottery } from '../types.js';
import { epochOf, feedsNonce } from './epoch.js';
import { closeNonce, evolveNonce, noncePart } from './nonce.js';

/*
 * A header's lottery follows from its parent's header, but for what the state alone tells at an epoch's first block:
 * the snapshot frozen then, and whether staking was decided. Those are checked when the block is executed.
 */

interface Known {
  header: Header;
  id: Hash;
}

/** The lottery of genesis. Nobody is bonded, and nobody could have chosen what the nonce is. */
export function firstLottery(genesisId: Hash, globals: Globals): Lottery {
  return { nonce: genesisId, evolving: genesisId, ...drawnFrom(globals) };
}

/** Whether a header's slot lies in an epoch that stake leads. */
export function isLedByStake(params: Params, { slot, lottery }: Pick<Header, 'slot' | 'lottery'>): boolean {
  return lottery.since > 0 && epochOf(params, slot) >= lottery.since;
}

/** What a block adds to the next epoch's nonce: a mined one its id, which costs work to choose. */
function partOf({ header: { proof }, id }: Known): Hash {
  if (proof.kind === 'pow') return id;
  const beta = proofToHash(proof.pi);
  invariant(beta, 'the proof of a checked header is one');
  return noncePart(beta);
}

/** The nonces of a block of this slot on a parent. The slot is near the clock: each epoch between costs a hash. */
export function noncesAfter(params: Params, parent: Known, slot: number): Pick<Lottery, 'nonce' | 'evolving'> {
  const { lottery, slot: before } = parent.header;
  const folded = feedsNonce(params, before) ? evolveNonce(lottery.evolving, partOf(parent)) : lottery.evolving;
  const entered = epochOf(params, slot) - epochOf(params, before);
  if (entered === 0) return { nonce: lottery.nonce, evolving: folded };
  let nonce = folded;
  for (let i = 0; i < entered; i++) nonce = closeNonce(nonce);
  return { nonce, evolving: nonce };
}

/** All of a header's lottery that its parent decides. */
export function checkLottery(params: Params, parent: Known, { slot, lottery }: Header): void {
  const { nonce, evolving } = noncesAfter(params, parent, slot);
  enforce(equal(lottery.nonce, nonce) && equal(lottery.evolving, evolving), 'nonce');
  const before = parent.header.lottery;
  const epoch = epochOf(params, slot);
  const entered = epoch - epochOf(params, parent.header.slot);
  if (entered === 0) enforce(equal(lottery.snapshot, before.snapshot) && equal(lottery.next, before.next), 'lottery');
  if (entered === 1) enforce(equal(lottery.snapshot, before.next), 'lottery');
  const decided = entered > 0 && before.since === 0 && lottery.since === epoch + 1;
  enforce(lottery.since === before.since || decided, 'lottery');
}

/** What the state of a block, its epoch entered, puts into its header. */
export function drawnFrom({ snapshot, next, stakingSince }: Globals): Pick<Lottery, 'snapshot' | 'next' | 'since'> {
  return { snapshot: snapshot.root, next: next.root, since: stakingSince };
}

/** Holds a header to the state that its epoch was entered with. */
export function checkDrawn(globals: Globals, { lottery }: Header): void {
  const { snapshot, next, since } = drawnFrom(globals);
  const kept = equal(lottery.snapshot, snapshot) && equal(lottery.next, next) && lottery.since === since;
  enforce(kept, 'lottery');
}
