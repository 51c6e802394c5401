import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode, rfc8949EncodeOptions } from 'cborg';
import fc from 'fast-check';
import {
  bodyRoot,
  decodeBody,
  decodeHeader,
  decodeSignedTx,
  encodeBody,
  encodeHeader,
  encodeSignedTx,
  headerId,
  LIMITS,
  signingMessage,
  txId,
} from '../../src/lib/chain/encoding.js';
import { LedgerError } from '../../src/lib/chain/errors.js';
import { HEADER_BYTES_MAX } from '../../src/lib/chain/header.js';
import type { Header, SignedTx, Tx } from '../../src/lib/chain/types.js';
import { type Cbor, decodeCbor, encodeCbor } from '../../src/lib/util/cbor.js';
import { bytes, headers, leaderProofs, signed } from './arbitraries.js';

const malformed = (error: unknown) => error instanceof LedgerError && error.rule === 'malformed';

test('a transaction has one canonical form', () => {
  fc.assert(
    fc.property(signed, (value) => {
      const encoded = encodeSignedTx(value);
      const back = decodeSignedTx(encoded);
      assert.deepEqual(back, value);
      assert.deepEqual(encodeSignedTx(back), encoded);
    }),
  );
});

test('whatever decodes encodes to the same bytes again', () => {
  fc.assert(
    fc.property(signed, fc.nat(), fc.integer({ min: 0, max: 255 }), (value, at, byte) => {
      const bent = encodeSignedTx(value);
      bent[at % bent.length] = byte;
      let back: SignedTx;
      try {
        back = decodeSignedTx(bent);
      } catch (error) {
        assert.ok(malformed(error));
        return;
      }
      assert.deepEqual(encodeSignedTx(back), bent);
    }),
  );
});

test('garbage is malformed, never a crash', () => {
  fc.assert(
    fc.property(fc.oneof(bytes(0, 300), fc.constant(Uint8Array.of(0x9f, 0xff))), (garbage) => {
      assert.throws(() => decodeSignedTx(garbage), malformed);
      assert.throws(() => decodeHeader(garbage), malformed);
    }),
  );
});

/** Decodes a valid transaction's array, lets it be bent, and encodes it again. */
function bend(value: SignedTx, change: (body: Cbor[], whole: Cbor[]) => void): Uint8Array {
  const whole = structuredClone(decodeCbor(encodeSignedTx(value))) as Cbor[];
  change(whole[0] as Cbor[], whole);
  // Our own encoder makes no fractions.
  return encode(whole, { ...rfc8949EncodeOptions, float64: true });
}

const H = new Uint8Array(32);
const base = { ref: { height: 1, id: H }, fee: 1n };
const S = new Uint8Array(64);
const transfer: SignedTx = {
  tx: { kind: 'transfer', ...base, from: H, seq: 1n, outputs: [{ to: H, amount: 1n }], memo: new Uint8Array(0) },
  signatures: [S],
};
const many = <T>(n: number, value: T): T[] => Array.from({ length: n }, () => value);

const bounds: [string, SignedTx, (body: Cbor[], whole: Cbor[]) => void][] = [
  ['an unknown kind', transfer, (body) => (body[0] = 12)],
  ['kind 0', transfer, (body) => (body[0] = 0)],
  ['a height beyond 32 bits', transfer, (body) => (body[1] = 2 ** 32)],
  ['a negative height', transfer, (body) => (body[1] = -1)],
  ['a short reference', transfer, (body) => (body[2] = new Uint8Array(31))],
  ['a fee beyond 64 bits', transfer, (body) => (body[3] = -1n)],
  ['a fractional fee', transfer, (body) => (body[3] = 1.5)],
  ['a short address', transfer, (body) => (body[4] = new Uint8Array(31))],
  ['a text for an address', transfer, (body) => (body[4] = 'x'.repeat(32))],
  ['no outputs', transfer, (body) => (body[6] = [])],
  ['too many outputs', transfer, (body) => (body[6] = many(257, [H, 1]))],
  ['an output of nothing', transfer, (body) => (body[6] = [[H, 0]])],
  ['an output with a field too many', transfer, (body) => (body[6] = [[H, 1, 1]])],
  ['a long memo', transfer, (body) => (body[7] = new Uint8Array(65))],
  ['a field too many', transfer, (body) => body.push(0)],
  ['a field too few', transfer, (body) => body.pop()],
  ['no signature', transfer, (_, whole) => (whole[1] = [])],
  ['two signatures', transfer, (_, whole) => (whole[1] = [S, S])],
  ['a short signature', transfer, (_, whole) => (whole[1] = [new Uint8Array(63)])],
  ['more behind the signatures', transfer, (_, whole) => whole.push(0)],
];

test('what is out of bounds is malformed', () => {
  assert.deepEqual(decodeSignedTx(bend(transfer, () => undefined)), transfer);
  for (const [name, value, change] of bounds) {
    assert.throws(() => decodeSignedTx(bend(value, (body, whole) => void change(body, whole))), malformed, name);
  }
});

const at = (tx: Tx, signatures = 1): SignedTx => ({ tx, signatures: many(signatures, S) });
const item = { name: H, nonce: H };
const bounty = { amount: 1n, payee: null, key: H, duration: 1, items: [item] };
const advert = {
  kind: 'advert' as const,
  ...base,
  from: H,
  seq: 1n,
  lots: 1,
  size: 1,
  term: 1,
  reserve: 1n,
  creditDays: 4,
  closes: 1,
  contact: H,
};
const reveal = { kind: 'reveal' as const, ...base, from: H, advert: H, price: 1n, peer: H, payee: H, salt: H };

test('every list and number of every kind has its bound, and reaches it', () => {
  const post = (bounties: (typeof bounty)[]): Tx => ({ kind: 'post', ...base, from: H, seq: 1n, bounties });
  const sweep = (n: number): Tx => ({ kind: 'sweep', ...base, entries: many(n, { bounty: H, to: H }) });
  const revoke = (n: number): Tx => ({ kind: 'revoke', ...base, from: H, bounties: many(n, H) });
  const good: SignedTx[] = [
    at(post(many(16, bounty))),
    at(post([{ ...bounty, items: many(256, item) }])),
    at(sweep(256), 256),
    at(revoke(256)),
    at({ ...advert, lots: 256, term: 365, excluded: many(256, H) }),
    at({ ...reveal, peer: new Uint8Array(64) }),
  ];
  for (const value of good) assert.deepEqual(decodeSignedTx(encodeSignedTx(value)), value);
  const bad: SignedTx[] = [
    at(post([])),
    at(post(many(17, bounty))),
    at(post([{ ...bounty, items: [] }])),
    at(post([{ ...bounty, items: many(257, item) }])),
    at(post([{ ...bounty, duration: 0 }])),
    at(post([{ ...bounty, amount: 0n }])),
    at(sweep(0), 0),
    at(sweep(257), 257),
    at(sweep(2), 1),
    at(revoke(0)),
    at(revoke(257)),
    at({ ...advert, lots: 0, excluded: [] }),
    at({ ...advert, lots: 257, excluded: [] }),
    at({ ...advert, size: 0, excluded: [] }),
    at({ ...advert, term: 0, excluded: [] }),
    at({ ...advert, term: 366, excluded: [] }),
    at({ ...advert, reserve: 0n, excluded: [] }),
    at({ ...advert, creditDays: 3, excluded: [] }),
    at({ ...advert, creditDays: 61, excluded: [] }),
    at({ ...advert, excluded: many(257, H) }),
    at({ ...reveal, peer: new Uint8Array(0) }),
    at({ ...reveal, peer: new Uint8Array(65) }),
    at(post(many(16, { ...bounty, items: many(256, item) }))),
  ];
  for (const [i, value] of bad.entries())
    assert.throws(() => decodeSignedTx(encodeSignedTx(value)), malformed, `case ${i}`);
  assert.ok(encodeSignedTx(bad.at(-1)!).length > LIMITS.txBytes, 'the last one is within every list, but too large');
});

test('the id leaves the signatures out; the message covers body and genesis', () => {
  const other = { ...transfer.tx, fee: 2n };
  assert.deepEqual(
    txId(transfer.tx),
    txId(decodeSignedTx(encodeSignedTx({ ...transfer, signatures: [new Uint8Array(64).fill(1)] })).tx),
  );
  assert.notDeepEqual(txId(transfer.tx), txId(other));
  assert.notDeepEqual(signingMessage(transfer.tx, H), signingMessage(other, H));
  assert.notDeepEqual(signingMessage(transfer.tx, H), signingMessage(transfer.tx, new Uint8Array(32).fill(1)));
});

test('a header has one canonical form, and every field is in its id', () => {
  fc.assert(
    fc.property(headers, headers, (header, other) => {
      assert.deepEqual(decodeHeader(encodeHeader(header)), header);
      for (const field of Object.keys(header) as (keyof Header)[]) {
        const mixed = { ...header, [field]: other[field] };
        const same = Buffer.compare(encodeHeader(mixed), encodeHeader(header)) === 0;
        assert.equal(Buffer.compare(headerId(mixed), headerId(header)) === 0, same);
      }
    }),
    { numRuns: 50 },
  );
});

test('the largest header fits its bound, and a longer path is malformed', () => {
  const wide = new Uint8Array(32).fill(255);
  const most = (1n << 64n) - 1n;
  const last = 2 ** 32;
  const leaf = { account: wide, stake: most, vrfKey: wide, signingKey: wide };
  const withPath = (length: number): Header => ({
    ...{ version: 2, height: last - 1, slot: Number.MAX_SAFE_INTEGER, parent: wide, stateRoot: wide, bodyRoot: wide },
    ...{ bodySize: Number.MAX_SAFE_INTEGER, producer: wide, ancestors: wide },
    lottery: { nonce: wide, evolving: wide, snapshot: wide, next: wide, since: Number.MAX_SAFE_INTEGER },
    proof: {
      kind: 'stake',
      stake: { leaf, index: last, count: last, total: most, path: Array.from({ length }, () => wide) },
      ...{ pi: new Uint8Array(80), signature: new Uint8Array(64) },
    },
  });
  assert.ok(encodeHeader(withPath(32)).length <= HEADER_BYTES_MAX);
  assert.deepEqual(decodeHeader(encodeHeader(withPath(32))), withPath(32));
  assert.throws(() => decodeHeader(encodeHeader(withPath(33))), malformed);
});

test('a leader’s signature is no part of the id', () => {
  fc.assert(
    fc.property(headers, leaderProofs, fc.uint8Array({ minLength: 64, maxLength: 64 }), (header, proof, signature) => {
      const [signed, again] = [proof, { ...proof, signature }].map((each) => ({ ...header, proof: each }));
      assert.deepEqual(headerId(signed!), headerId(again!));
      const bent = { ...header, proof: { ...proof, pi: proof.pi.map((byte) => byte ^ 1) } };
      assert.notDeepEqual(headerId(signed!), headerId(bent));
    }),
    { numRuns: 20 },
  );
});

test('bodies: order, number and content are in the root', () => {
  const [a, b, c] = [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)] as const;
  const roots = [[], [a], [b], [a, b], [b, a], [a, b, c], [a, b, c, c], [a, a], [a, a, a]].map((body) =>
    Buffer.from(bodyRoot(body)).toString('hex'),
  );
  assert.equal(new Set(roots).size, roots.length);
  assert.deepEqual(decodeBody(encodeBody([a, b]), 2), [a, b]);
  assert.throws(() => decodeBody(encodeBody([a, b, c]), 2), malformed);
  assert.throws(() => decodeBody(encodeCbor([[a]]), 100), malformed);
  assert.throws(() => decodeBody(new Uint8Array(100), 4), malformed);
});
