import fc from 'fast-check';
import { signatureCount } from '../../src/lib/chain/encoding.js';
import type { Header, LeaderProof, PowProof, SignedTx, StakedHeader, Tx } from '../../src/lib/chain/types.js';

export const bytes = (min: number, max = min) => fc.uint8Array({ minLength: min, maxLength: max });
export const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record<T>(model, { noNullPrototype: true });
export const hash = bytes(32);
const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const positive = fc.bigInt({ min: 1n, max: (1n << 64n) - 1n });
const common = { ref: record({ height: fc.nat(), id: hash }), fee: u64 };
const spending = { ...common, from: hash, seq: u64 };
const list = <T>(each: fc.Arbitrary<T>, max: number, min = 1) => fc.array(each, { minLength: min, maxLength: max });

const powProofs: fc.Arbitrary<PowProof> = record({
  kind: fc.constant('pow' as const),
  target: fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
  nonce: u64,
});

export const leaderProofs: fc.Arbitrary<LeaderProof> = record({
  kind: fc.constant('stake' as const),
  stake: record({
    leaf: record({ account: hash, stake: u64, vrfKey: hash, signingKey: hash }),
    index: fc.nat(),
    count: fc.nat(),
    total: u64,
    path: fc.array(hash, { maxLength: 32 }),
  }),
  pi: fc.uint8Array({ minLength: 80, maxLength: 80 }),
  signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
});

const headerFields = {
  version: fc.nat(),
  height: fc.nat(),
  slot: fc.nat(),
  parent: hash,
  stateRoot: hash,
  bodyRoot: hash,
  bodySize: fc.nat(),
  producer: hash,
  ancestors: hash,
  lottery: record({ nonce: hash, evolving: hash, snapshot: hash, next: hash, since: fc.nat() }),
};
const staked: fc.Arbitrary<StakedHeader> = record({ ...headerFields, proof: leaderProofs });
export const headers: fc.Arbitrary<Header> = fc.oneof(record({ ...headerFields, proof: powProofs }), staked);

export const txs: fc.Arbitrary<Tx> = fc.oneof(
  record({
    kind: fc.constant('transfer' as const),
    ...spending,
    outputs: list(record({ to: hash, amount: positive }), 5),
    memo: bytes(0, 64),
  }),
  record({
    kind: fc.constant('post' as const),
    ...spending,
    bounties: list(
      record({
        amount: positive,
        payee: fc.option(hash, { nil: null }),
        key: hash,
        duration: fc.integer({ min: 1 }),
        items: list(record({ name: hash, nonce: hash }), 4),
      }),
      3,
    ),
  }),
  record({
    kind: fc.constant('sweep' as const),
    ...common,
    entries: list(record({ bounty: hash, to: hash }), 4),
  }),
  record({ kind: fc.constant('revoke' as const), ...common, from: hash, bounties: list(hash, 4) }),
  record({
    kind: fc.constant('advert' as const),
    ...spending,
    lots: fc.integer({ min: 1, max: 256 }),
    size: fc.maxSafeInteger().map((n) => Math.max(1, Math.abs(n))),
    term: fc.integer({ min: 1, max: 365 }),
    reserve: positive,
    creditDays: fc.integer({ min: 4, max: 60 }),
    closes: fc.nat(),
    contact: hash,
    excluded: list(hash, 4, 0),
  }),
  record({ kind: fc.constant('commit' as const), ...spending, advert: hash, commitment: hash, deposit: u64 }),
  record({
    kind: fc.constant('reveal' as const),
    ...common,
    from: hash,
    advert: hash,
    price: u64,
    peer: bytes(1, 64),
    payee: hash,
    salt: hash,
  }),
  record({ kind: fc.constant('bond' as const), ...spending, amount: positive, vrfKey: hash, signingKey: hash }),
  record({ kind: fc.constantFrom('unbond' as const, 'rebond' as const), ...spending }),
  record({ kind: fc.constant('evidence' as const), ...common, first: staked, second: staked, to: hash }),
);

export const signed: fc.Arbitrary<SignedTx> = txs.chain((tx) =>
  fc.array(bytes(64), { minLength: signatureCount(tx), maxLength: signatureCount(tx) }).map((signatures) => ({
    tx,
    signatures,
  })),
);
