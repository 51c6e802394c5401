import { supplyOf } from '../chain/emission.js';
import type { LedgerEvent } from '../chain/events.js';
import { slotStartMs } from '../chain/params.js';
import { BLOCK, expectedBlocks } from '../chain/stake/absence.js';
import { type Bond, readBond } from '../chain/stake/bond.js';
import type { Snapshot } from '../chain/stake/snapshot.js';
import { leaderThreshold } from '../chain/stake/threshold.js';
import type { Address } from '../chain/types.js';
import { formatAddress } from '../crypto/address.js';
import type { StakeRecord } from '../rpc/records.js';
import { equal, toHex } from '../util/bytes.js';
import { rfc3339 } from '../util/clock.js';
import type { Context } from './context.js';

/** Of the tip's state. The wallet may be locked: its main address is in the books. */
export async function stakeRecord(context: Context): Promise<StakeRecord> {
  const { ledger, params } = context;
  const { derived } = params;
  const globals = ledger.globals();
  const account = await mainAddress(context);
  const bond = account && readBond(ledger.state, account);
  const [stake, next] = bond?.drawn ?? [0n, 0n];
  const staking = globals.stakingSince > 0 && globals.epoch >= globals.stakingSince;
  return {
    type: 'stake',
    account: account ? formatAddress(account) : null,
    state: bond?.state.kind ?? 'none',
    bond_grains: (bond?.stake ?? 0n).toString(),
    own_keys: bond && context.wallet.unlocked ? hasKeysOf(context, bond) : null,
    share: ratio(stake, globals.snapshot.total),
    share_next: ratio(next, globals.next.total),
    blocks_a_day: staking ? blocksADay(context, stake, globals.snapshot) : 0,
    missed_blocks: bond ? Number(bond.missed) / Number(BLOCK) : 0,
    ...returnOf(context, bond),
    epoch: globals.epoch,
    epoch_ends_slot: (globals.epoch + 1) * derived.epochSlots,
    staking_since_epoch: globals.stakingSince || null,
    min_bond_grains: params.minBond.toString(),
    bonded_grains: globals.bonded.toString(),
    bonded_percent: 100 * ratio(globals.bonded, supplyOf(globals)),
    bonds: globals.bonds,
    bonds_waiting: globals.waiting,
  };
}

/** Whether a bond is led by this wallet's keys; it may have been made under others, elsewhere. */
export function hasKeysOf({ wallet }: Pick<Context, 'wallet'>, bond: Pick<Bond, 'vrfKey' | 'signingKey'>): boolean {
  const { vrf, signing } = wallet.keys().stakeKeys();
  return equal(bond.vrfKey, vrf.y) && equal(bond.signingKey, signing.publicKey);
}

/** What the operator should hear of the wallet's own bond: that it is lost, or not drawn any more. */
export function logOwnBond({ books, log }: Pick<Context, 'books' | 'log'>, events: readonly LedgerEvent[]): void {
  for (const event of events) {
    if (event.kind !== 'bond' || !books.accounts.get(event.account)) continue;
    const { bond, txid } = event;
    // The queue pays a bond back without a transaction.
    if (bond === null && txid)
      log.warn({ txid: toHex(txid) }, 'the bond is lost: two headers were signed for one slot');
    if (bond?.state.kind === 'absent')
      log.warn('the bond is absent: have it drawn again by holdfast stake bond --again');
  }
}

async function mainAddress({ books, wallet }: Context): Promise<Address | undefined> {
  if (wallet.unlocked) return wallet.main;
  for await (const [, entry] of books.accounts.entries()) {
    if (entry.kind === 'main' && entry.index === 0) return entry.address;
  }
  return undefined;
}

/** To six digits: enough to show. */
function ratio(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number((part * 1_000_000n) / whole) / 1_000_000;
}

function blocksADay({ params }: Context, stake: bigint, { total }: Snapshot): number {
  if (stake === 0n) return 0;
  const threshold = leaderThreshold(params.derived.leaderConstant, stake, total);
  return Number(expectedBlocks(threshold, params.daySlots)) / Number(BLOCK);
}

function returnOf({ params }: Context, bond: Bond | undefined): Pick<StakeRecord, 'returns_slot' | 'returns'> {
  if (bond?.state.kind !== 'leaving') return { returns_slot: null, returns: null };
  const { until } = bond.state;
  return { returns_slot: until, returns: rfc3339(slotStartMs(params, until)) };
}
