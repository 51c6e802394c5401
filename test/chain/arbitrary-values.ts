import fc from 'fast-check';
import { type Bond, type BondState, bondCodec } from '../../src/lib/chain/stake/bond.js';
import type { Account, Advert, Bid, Bounty, Globals, Reveal } from '../../src/lib/chain/types.js';
import * as values from '../../src/lib/chain/values.js';
import { bytes, hash, record } from './arbitraries.js';

const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const uint = fc.nat();
const orNull = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: null });

const accounts = record<Account>({ balance: u64, seq: u64, paid: uint });

const bounties = record<Bounty>({
  ...{ funder: hash, payee: orNull(hash), amount: u64, itemsHash: hash },
  ...{ key: hash, opened: uint, expires: uint },
});

const adverts = record<Advert>({
  ...{ from: hash, lots: uint, size: uint, term: uint, reserve: u64, creditDays: uint, opened: uint, closes: uint },
  ...{ revealsUntil: uint, contact: hash, excluded: fc.array(hash, { maxLength: 3 }), bids: uint },
});

const reveals = record<Reveal>({ price: u64, peer: bytes(1, 60), payee: hash, salt: hash });
const bids = record<Bid>({ account: hash, commitment: hash, deposit: u64, reveal: orNull(reveals) });

const snapshots = record({ root: hash, count: uint, total: u64 });
const globals = record<Globals>({
  ...{ mined: u64, minted: u64, burnt: u64, feePool: u64, baseFee: u64, epoch: uint, epochSupply: u64 },
  ...{ queueSlot: uint, queueIndex: uint, snapshot: snapshots, next: snapshots, stakingSince: uint, bonded: u64 },
  ...{ bonds: uint, waiting: uint, bursts: uint, rentSince: uint, rentCursor: hash, queued: uint },
});

const queued: fc.Arbitrary<values.QueueEntry> = fc.oneof(
  record({ kind: fc.constant('return' as const), bounty: hash }),
  record({
    kind: fc.constantFrom('settle' as const, 'forget-bid' as const),
    advert: hash,
    account: hash,
    number: uint,
  }),
  record({ kind: fc.constant('forget-advert' as const), advert: hash }),
  record({ kind: fc.constantFrom('unbar' as const, 'unbond' as const), account: hash }),
);

const bondStates: fc.Arbitrary<BondState> = fc.oneof(
  record({ kind: fc.constantFrom('active' as const, 'absent' as const) }),
  record({ kind: fc.constant('waiting' as const), since: uint }),
  record({ kind: fc.constant('leaving' as const), until: uint }),
);
const bonds = record<Bond>({
  ...{ stake: u64, vrfKey: hash, signingKey: hash, since: uint, index: uint, state: bondStates },
  ...{ missed: u64, signed: uint, drawn: fc.tuple(u64, u64) },
});

export interface Kept {
  codec: values.Codec<unknown>;
  values: fc.Arbitrary<unknown>;
}

const kept = <T>(codec: values.Codec<T>, one: fc.Arbitrary<T>) => ({ codec, values: one }) as Kept;

/** Everything that the state holds, by what it is. */
export const KEPT: Record<string, Kept> = {
  account: kept(values.accountCodec, accounts),
  bounty: kept(values.bountyCodec, bounties),
  advert: kept(values.advertCodec, adverts),
  bid: kept(values.bidCodec, bids),
  globals: kept(values.globalsCodec, globals),
  queue: kept(values.queueCodec, queued),
  uint: kept(values.uintCodec, uint),
  address: kept(values.addressCodec, hash),
  bond: kept(bondCodec, bonds),
};
