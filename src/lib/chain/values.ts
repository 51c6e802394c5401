import { encodeCbor } from '../util/cbor.js';
import { LIMITS } from './encoding.js';
import { decodeRecord, type Fields, nested } from './fields.js';
import type { Snapshot } from './stake/snapshot.js';
import type { Account, Address, Advert, Bid, Bounty, Globals, Hash, Reveal } from './types.js';

/** A state object and its canonical bytes, which are what the state root covers. */
export interface Codec<T> {
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

/** A codec by fields. */
export const codec = <T>(encode: (value: T) => Parameters<typeof encodeCbor>[0], read: (f: Fields) => T): Codec<T> => ({
  encode: (value) => encodeCbor(encode(value)),
  decode: (bytes) => decodeRecord(bytes, read),
});

export const accountCodec = codec<Account>(
  (a) => [a.balance, a.seq, a.paid],
  (f) => ({ balance: f.amount(), seq: f.amount(), paid: f.uint() }),
);

export const bountyCodec = codec<Bounty>(
  (b) => [b.funder, b.payee, b.amount, b.itemsHash, b.key, b.opened, b.expires],
  (f) => ({
    funder: f.hash(),
    payee: f.hashOrNull(),
    amount: f.amount(),
    itemsHash: f.hash(),
    key: f.hash(),
    opened: f.uint(),
    expires: f.uint(),
  }),
);

export const advertCodec = codec<Advert>(
  (a) => [
    ...[a.from, a.lots, a.size, a.term, a.reserve, a.creditDays],
    ...[a.opened, a.closes, a.revealsUntil, a.contact, a.excluded, a.bids],
  ],
  (f) => ({
    from: f.hash(),
    lots: f.uint(),
    size: f.uint(),
    term: f.uint(),
    reserve: f.amount(),
    creditDays: f.uint(),
    opened: f.uint(),
    closes: f.uint(),
    revealsUntil: f.uint(),
    contact: f.hash(),
    excluded: f.list(0, LIMITS.excluded, (list) => list.hash()),
    bids: f.uint(),
  }),
);

function readReveal(f: Fields): Reveal {
  return { price: f.amount(), peer: f.bytes(1, LIMITS.peer), payee: f.hash(), salt: f.hash() };
}

export const bidCodec = codec<Bid>(
  (b) => [
    b.account,
    b.commitment,
    b.deposit,
    b.reveal === null ? [] : [[b.reveal.price, b.reveal.peer, b.reveal.payee, b.reveal.salt]],
  ],
  (f) => ({
    account: f.hash(),
    commitment: f.hash(),
    deposit: f.amount(),
    reveal: f.list(0, 1, (list) => nested(list, readReveal))[0] ?? null,
  }),
);

function readSnapshot(f: Fields): Snapshot {
  return { root: f.hash(), count: f.uint(), total: f.amount() };
}

const snapshotFields = ({ root, count, total }: Snapshot) => [root, count, total];

export const globalsCodec = codec<Globals>(
  (g) => [
    ...[g.mined, g.minted, g.burnt, g.feePool, g.baseFee, g.epoch, g.epochSupply, g.queueSlot, g.queueIndex],
    ...[snapshotFields(g.snapshot), snapshotFields(g.next), g.stakingSince, g.bonded, g.bonds, g.waiting],
    ...[g.bursts, g.rentSince, g.rentCursor, g.queued],
  ],
  (f) => ({
    mined: f.amount(),
    minted: f.amount(),
    burnt: f.amount(),
    feePool: f.amount(),
    baseFee: f.amount(),
    epoch: f.uint(),
    epochSupply: f.amount(),
    queueSlot: f.uint(),
    queueIndex: f.uint(),
    snapshot: nested(f, readSnapshot),
    next: nested(f, readSnapshot),
    stakingSince: f.uint(),
    bonded: f.amount(),
    bonds: f.uint(),
    waiting: f.uint(),
    bursts: f.uint(),
    rentSince: f.uint(),
    rentCursor: f.hash(),
    queued: f.uint(),
  }),
);

/** What the expiry queue does when an entry's slot comes. */
export type QueueEntry =
  /** What is left of a bounty goes back to its funder. */
  | { kind: 'return'; bounty: Hash }
  /** Reveals are over: a deposit goes back, or is lost. */
  | { kind: 'settle' | 'forget-bid'; advert: Hash; account: Address; number: number }
  | { kind: 'forget-advert'; advert: Hash }
  | { kind: 'unbar'; account: Address }
  /** A bond that left goes back to its account. */
  | { kind: 'unbond'; account: Address };

const QUEUE_KINDS: QueueEntry['kind'][] = ['return', 'settle', 'forget-bid', 'forget-advert', 'unbar', 'unbond'];

export const queueCodec = codec<QueueEntry>(
  (e) => {
    const code = QUEUE_KINDS.indexOf(e.kind);
    if (e.kind === 'return') return [code, e.bounty];
    if (e.kind === 'forget-advert') return [code, e.advert];
    if (e.kind === 'unbar' || e.kind === 'unbond') return [code, e.account];
    return [code, e.advert, e.account, e.number];
  },
  (f) => {
    const kind = QUEUE_KINDS[f.uint(0, QUEUE_KINDS.length - 1)]!;
    if (kind === 'return') return { kind, bounty: f.hash() };
    if (kind === 'forget-advert') return { kind, advert: f.hash() };
    if (kind === 'unbar' || kind === 'unbond') return { kind, account: f.hash() };
    return { kind, advert: f.hash(), account: f.hash(), number: f.uint() };
  },
);

export const uintCodec = codec<number>(
  (n) => [n],
  (f) => f.uint(),
);

export const addressCodec = codec<Address>(
  (address) => [address],
  (f) => f.hash(),
);
