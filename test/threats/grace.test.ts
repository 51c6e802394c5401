import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amountDue } from '../../src/lib/bounty/confidence.js';
import { encodeSignedTx } from '../../src/lib/chain/encoding.js';
import { LedgerError } from '../../src/lib/chain/errors.js';
import { advertFee, maxCreditOf } from '../../src/lib/chain/rules/advert.js';
import type { Defences } from '../../src/lib/chain/rules/run.js';
import { requiredFee, signTx } from '../../src/lib/chain/sign.js';
import { readAccount } from '../../src/lib/chain/state.js';
import type { AdvertTx } from '../../src/lib/chain/types.js';
import { prunePlan } from '../../src/lib/plan/prune.js';
import { alice, hashOf, Person } from '../chain/helpers.js';
import { funded, type StakeWorld } from '../chain/stake/world.js';
import { keptOf, nowAt } from '../plan/samples.js';

const SIZE = 1 << 30;
/** Grains a GiB and network day. */
const PRICE = 1_000_000n;
const ROUNDS = 10;

/** A fresh key's advert on the ledger, for as little as the rules let it go; and what it cost. */
function advertised(world: StakeWorld, key: Person): { cost: bigint; advert: AdvertTx } {
  const memo = new Uint8Array(0);
  const outputs = [{ to: key.address, amount: 50_000_000n }];
  world.next(world.make({ kind: 'transfer', from: alice.address, outputs, memo }, alice.signer));
  const before = world.balance(key);
  const { params } = world;
  const advert: AdvertTx = {
    ...{ kind: 'advert', from: key.address, lots: 1, size: SIZE, term: 30, reserve: PRICE, creditDays: 4 },
    ...{ closes: world.slot + 2 + params.auctionSlots, contact: key.address, excluded: [] },
    ...{ seq: readAccount(world.view, key.address)!.seq, ref: { height: 0, id: hashOf('any block') }, fee: 0n },
  };
  const fee = requiredFee(params, world.globals.baseFee, advert);
  const send = (paid: bigint) =>
    world.next(encodeSignedTx(signTx({ ...advert, fee: paid }, params.derived.genesisId, key.signer)));
  try {
    send(fee - advertFee(advert));
  } catch (error) {
    if (!(error instanceof LedgerError) || error.rule !== 'fee-low') throw error;
    send(fee);
  }
  return { cost: before - world.balance(key), advert };
}

/** What a steward keeps for nothing under a contract that is never paid, at its price, in grains. */
function keptUnpaid({ params }: StakeWorld, advert: AdvertTx): bigint {
  const terms = { size: SIZE, price: PRICE, maxCredit: maxCreditOf(advert), termSlots: advert.term * params.daySlots };
  const contract = keptOf({ ...terms, startSlot: 0, lastPaidSlot: 0 });
  let slot = 0;
  while (prunePlan({ now: nowAt(slot, { params }), contracts: [contract], claimable: [] }).length === 0) slot += 1;
  return amountDue({ size: SIZE, price: PRICE, slots: slot - 1, daySlots: params.daySlots });
}

test('threat 9: an owner lives on grace with ever new keys', () => {
  const lived = (defences: Partial<Defences>) => {
    const world = funded(undefined, defences);
    let [spent, stored] = [0n, 0n];
    for (let round = 0; round < ROUNDS; round++) {
      const { cost, advert } = advertised(world, new Person(`fresh ${round}`));
      spent += cost;
      stored += keptUnpaid(world, advert);
    }
    return { spent, stored };
  };
  // Its stewards keep its blob for days, one after another, and what it spends is a hundredth of what that is worth.
  const off = lived({ advertFee: () => 0n });
  assert.ok(off.stored > BigInt(ROUNDS) * PRICE && off.spent * 100n < off.stored, `${off.stored} for ${off.spent}`);
  const on = lived({});
  assert.equal(on.stored, off.stored, 'kept as long');
  assert.ok(on.spent >= on.stored, `${on.stored} for ${on.spent}`);
});
