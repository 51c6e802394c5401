import { invariant } from '../util/errors.js';
import * as keys from './keys.js';
import type { Overlay } from './overlay.js';
import { addToPool, creditOrPool, type Run } from './rules/run.js';
import { readBond, removeBond } from './stake/bond.js';
import { read, readBarredUntil, readBid, readBounty, readGlobals } from './state.js';
import { type QueueEntry, queueCodec, uintCodec } from './values.js';

/**
 * A block works off at most so many entries, and as many as its parent put in: so nothing can be made to expire in one
 * costly slot, and no load is so high that what is due waits ever longer. Whatever is put in, what is ahead of an entry
 * that is due shrinks by so many a block.
 */
export const QUEUE_ENTRIES_MAX = 4096;
/** And walks over at most so many slots, after a long silence. What is left waits for the next block. */
export const QUEUE_SLOTS_MAX = 65_536;

const queueEntries = (queued: number) => QUEUE_ENTRIES_MAX + queued;

function countAt(state: Overlay, slot: number): number {
  return read(state, keys.queueCountKey(slot), uintCodec) ?? 0;
}

/** Puts an entry at the end of a slot's queue; it is worked off by the first block from that slot on. */
export function pushQueue(state: Overlay, slot: number, entry: QueueEntry): void {
  invariant(slot >= readGlobals(state).queueSlot, 'the queue has passed that slot');
  const index = countAt(state, slot);
  state.put(keys.queueKey(slot, index), queueCodec, entry);
  state.put(keys.queueCountKey(slot), uintCodec, index + 1);
  const globals = readGlobals(state);
  state.setGlobals({ ...globals, queued: globals.queued + 1 });
}

/** Works off what is due at the block's slot, in order, within the block's bounds. */
export function runQueue(run: Run): void {
  const { state, context } = run;
  const globals = readGlobals(state);
  let { queueSlot: slot, queueIndex: index } = globals;
  let entries = (context.defences?.queueEntries ?? queueEntries)(globals.queued);
  state.setGlobals({ ...globals, queued: 0 });
  for (let slots = QUEUE_SLOTS_MAX; slots > 0 && slot <= context.slot; slots--) {
    const count = countAt(state, slot);
    for (; index < count && entries > 0; index++, entries--) {
      const key = keys.queueKey(slot, index);
      const bytes = state.get(key);
      invariant(bytes, 'a queue entry is missing');
      state.delete(key);
      settle(run, slot, queueCodec.decode(bytes));
    }
    if (index < count) break;
    if (count > 0) state.delete(keys.queueCountKey(slot));
    slot += 1;
    index = 0;
  }
  state.setGlobals({ ...readGlobals(state), queueSlot: slot, queueIndex: index });
}

function settle(run: Run, slot: number, entry: QueueEntry): void {
  switch (entry.kind) {
    case 'return':
      returnBounty(run, entry.bounty);
      break;
    case 'settle':
      settleBid(run, slot, entry);
      break;
    case 'forget-bid':
      run.state.setBid(entry.advert, entry.account, null);
      run.state.setBidder(entry.advert, entry.number, null);
      break;
    case 'forget-advert':
      run.state.setAdvert(entry.advert, null);
      run.events.push({ kind: 'forgotten', advertId: entry.advert, txid: null });
      break;
    case 'unbar':
      // A later bar has an entry of its own.
      if ((readBarredUntil(run.state, entry.account) ?? slot) < slot) run.state.setBarredUntil(entry.account, null);
      break;
    case 'unbond':
      returnBond(run, slot, entry.account);
  }
}

/** A bond that was slashed is gone, and a later one of the account leaves at a time of its own. */
function returnBond(run: Run, slot: number, account: Uint8Array): void {
  const bond = readBond(run.state, account);
  if (bond?.state.kind !== 'leaving' || bond.state.until !== slot) return;
  removeBond(run.state, account);
  creditOrPool(run, account, bond.stake, 'unbond', null);
  run.events.push({ kind: 'bond', account, bond: null, txid: null });
}

/** Swept and revoked bounties are gone already: their entry finds nothing. */
function returnBounty(run: Run, id: Uint8Array): void {
  const bounty = readBounty(run.state, id);
  if (!bounty) return;
  run.state.setBounty(id, null);
  creditOrPool(run, bounty.funder, bounty.amount, 'return', id);
  run.events.push({ kind: 'returned', bountyId: id, bounty, txid: null });
}

/** A revealed bid gets its deposit back. One that was not loses it, and its account bids no more for a cycle. */
function settleBid(run: Run, slot: number, entry: Extract<QueueEntry, { kind: 'settle' | 'forget-bid' }>): void {
  const { state, context } = run;
  const { advert, account, number } = entry;
  const bid = readBid(state, advert, account);
  invariant(bid, 'a bid outlives its settling');
  const { cycleSlots, returnSlots } = context.params.derived;
  if (bid.reveal) {
    creditOrPool(run, account, bid.deposit, 'deposit', advert);
  } else {
    addToPool(run, bid.deposit);
    const until = Math.max(readBarredUntil(state, account) ?? 0, context.slot + cycleSlots);
    state.setBarredUntil(account, until);
    pushQueue(state, until + 1, { kind: 'unbar', account });
  }
  state.setBid(advert, account, { ...bid, deposit: 0n });
  const revealed = bid.reveal !== null;
  run.events.push({ kind: 'settled', advertId: advert, account, deposit: bid.deposit, revealed, txid: null });
  // The slot is one after the reveals' end: bids leave with their advert.
  pushQueue(state, slot - 1 + returnSlots, { kind: 'forget-bid', advert, account, number });
}
