import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { _SHA256 } from '@noble/hashes/sha2.js';
import { createChallenge, TAG24 } from '../../src/lib/bounty/challenge.js';
import { type Deck, type Draw, dealer, deckKey, drawCard, nonceFor } from '../../src/lib/bounty/deck.js';
import { concat, readU32be, toHex, u64be } from '../../src/lib/util/bytes.js';
import { bob } from '../chain/helpers.js';
import { gained } from './attempt.js';
import { posted, worth } from './bounties.js';

/** Each attack runs against a rule without the defence, where it must win, and against the rule, where it must not. */
const BLOB = Uint8Array.from({ length: 1000 }, (_, i) => (i * 37) & 0xff);
const nonce = (n: number) => new Uint8Array(32).fill(n);

/** The order in which a rule hashes; 'data' is the one part a cheat does not want to keep. */
type Part = 'tag' | 'nonce' | 'length' | 'data';
const OURS: readonly Part[] = ['tag', 'nonce', 'length', 'data'];
const NONCE_LAST: readonly Part[] = ['data', 'nonce'];

interface Known {
  nonce: Uint8Array;
  length: number;
  data: Uint8Array;
}

function bytesOf(part: Part, known: Known): Uint8Array {
  return { tag: TAG24, nonce: known.nonce, length: u64be(known.length), data: known.data }[part];
}

function seedBy(rule: readonly Part[], known: Known): string {
  return toHex(
    createHash('sha256')
      .update(concat(...rule.map((part) => bytesOf(part, known))))
      .digest(),
  );
}

/** Hashes whatever comes before the nonce while it has the blob, keeps that state, and drops the blob. */
class MidstateSteward {
  private readonly state = createHash('sha256');
  private readonly rest: readonly Part[];
  private readonly length: number;

  constructor(rule: readonly Part[], blob: Uint8Array) {
    const before = rule.slice(0, rule.indexOf('nonce'));
    for (const part of before) this.state.update(bytesOf(part, { nonce: nonce(0), length: blob.length, data: blob }));
    this.rest = rule.slice(before.length);
    this.length = blob.length;
  }

  /** All it has left for the data is nothing. */
  answer(challenge: Uint8Array): string {
    const known = { nonce: challenge, length: this.length, data: new Uint8Array(0) };
    const hash = this.state.copy();
    for (const part of this.rest) hash.update(bytesOf(part, known));
    return hash.digest('hex');
  }
}

const ORDER = (1n << 252n) + 27742317777372353535851937790883648493n;

/** The answer that follows from a seed, hex. */
function answerOf(seed: string): bigint {
  const hash = createHash('sha512').update('holdfast/bounty-key/v1').update(Buffer.from(seed, 'hex')).digest();
  return BigInt(`0x${hash.reverse().toString('hex')}`) % ORDER;
}

/** Grains that a steward without the data gets of bounties with these seeds, by those it makes up. */
async function stolen(seeds: readonly string[], forged: readonly string[]): Promise<bigint> {
  const { chain, sweep } = await posted(seeds.map(answerOf));
  const sweeps = forged.map((seed, i) => sweep(bob.address, answerOf(seed), i));
  return gained(chain, sweeps, [bob.address])[0]!;
}

test('the modelled rule is the challenge', () => {
  const { scalar: ours } = createChallenge(nonce(4), BLOB.length).update(BLOB).finish();
  assert.equal(answerOf(seedBy(OURS, { nonce: nonce(4), length: BLOB.length, data: BLOB })), ours);
});

test('threat 1: a steward keeps the hash state, not the data', async () => {
  const earned = (rule: readonly Part[]) => {
    const cheat = new MidstateSteward(rule, BLOB);
    const nonces = [1, 2, 3].map(nonce);
    const seeds = nonces.map((n) => seedBy(rule, { nonce: n, length: 1000, data: BLOB }));
    return stolen(
      seeds,
      nonces.map((n) => cheat.answer(n)),
    );
  };
  assert.ok((await earned(NONCE_LAST)) >= worth(3));
  assert.equal(await earned(OURS), 0n);
});

test('threat 1: HMAC keyed with the data fails alike: 32 bytes answer for ever', async () => {
  // RFC 2104 §2: a key longer than a block is hashed first.
  const kept = createHash('sha256').update(BLOB).digest();
  const hmac = (key: Uint8Array) => (n: Uint8Array) => createHmac('sha256', key).update(n).digest('hex');
  const ours = (data: Uint8Array) => (n: Uint8Array) => seedBy(OURS, { nonce: n, length: BLOB.length, data });
  const earned = (rule: (data: Uint8Array) => (n: Uint8Array) => string) => {
    const nonces = [1, 2, 3].map(nonce);
    return stolen(nonces.map(rule(BLOB)), nonces.map(rule(kept)));
  };
  assert.ok((await earned(hmac)) >= worth(3));
  assert.equal(await earned(ours), 0n);
});

/** SHA-256's padding of a message of `length` bytes (FIPS 180-4 §5.1.1). */
function padding(length: number): Uint8Array {
  const zeros = (((55 - length) % 64) + 64) % 64;
  return concat(Uint8Array.of(0x80), new Uint8Array(zeros), u64be(length * 8));
}

/** SHA-256 of message ‖ padding ‖ suffix, from the message's digest and length alone. */
function extend(digest: Uint8Array, length: number, suffix: Uint8Array): string {
  const hash = new _SHA256();
  const words = Object.fromEntries([...'ABCDEFGH'].map((word, i) => [word, readU32be(digest, 4 * i) | 0]));
  Object.assign(hash, words, { length: length + padding(length).length });
  return toHex(hash.update(suffix).digest());
}

test('threat 2: a nonce chosen to look like padding', async () => {
  // 1,000 = 15 · 64 + 40 bytes are padded with 24: they fit into a nonce, and the UUID, which the bounty
  // itself names, is then all an answer takes.
  const pad = padding(BLOB.length);
  assert.equal(pad.length, 24);
  const chosen = concat(pad, new Uint8Array(8).fill(9));
  const known = { nonce: chosen, length: BLOB.length, data: BLOB };
  const uuid = createHash('sha256').update(BLOB).digest();
  const forged = extend(uuid, BLOB.length, chosen.subarray(24));
  assert.ok((await stolen([seedBy(NONCE_LAST, known)], [forged])) >= worth(1));
  assert.equal(await stolen([seedBy(OURS, known)], [forged]), 0n);
});

test('threat 2: a longer blob made to extend a shorter one', async () => {
  const suffix = new Uint8Array(100).fill(5);
  const prefixed: readonly Part[] = ['tag', 'nonce', 'data'];
  /** What is paid for the longer blob to whoever has the answer of the shorter. */
  const earned = (rule: readonly Part[]) => {
    const hashed = rule.reduce(
      (sum, part) => sum + bytesOf(part, { nonce: nonce(1), length: 1, data: BLOB }).length,
      0,
    );
    const longer = concat(BLOB, padding(hashed), suffix);
    const kept = seedBy(rule, { nonce: nonce(1), length: BLOB.length, data: BLOB });
    const forged = extend(Buffer.from(kept, 'hex'), hashed, suffix);
    return stolen([seedBy(rule, { nonce: nonce(1), length: longer.length, data: longer })], [forged]);
  };
  assert.ok((await earned(prefixed)) >= worth(1));
  assert.equal(await earned(OURS), 0n);
});

test('threat 2: bytes moved from the blob into a nonce without a fixed length', () => {
  const unframed = (n: Uint8Array, blob: Uint8Array) => seedBy(['nonce', 'data'], { nonce: n, length: 0, data: blob });
  const moved = concat(nonce(1), BLOB.subarray(0, 900));
  assert.equal(unframed(moved, BLOB.subarray(900)), unframed(nonce(1), BLOB));
  assert.throws(() => createChallenge(moved, 100), /invariant/);
});

test('threat 25: a deck restored is dealt again', async () => {
  const key = deckKey(nonce(1), nonce(2));
  const deal = (slot: number): Deck => {
    const dealing = dealer(key, slot, 3, BLOB.length);
    dealing.update(BLOB);
    return { dealSlot: slot, cards: dealing.finish(), next: 0 };
  };
  const answer = ({ dealSlot }: Deck, { index }: Draw) =>
    createChallenge(nonceFor(key, dealSlot, index), BLOB.length)
      .update(BLOB)
      .finish().scalar;
  const first = deal(100);
  // A steward that answered once keeps the answer, 32 bytes, and drops the blob.
  const kept = answer(first, drawCard(first)!);
  /** What that is worth once the deck was dealt again in the slot that the rule says. */
  const earned = async (slotOf: (before: number) => number) => {
    const again = deal(slotOf(first.dealSlot));
    const { chain, sweep } = await posted([answer(again, drawCard(again)!)]);
    return gained(chain, [sweep(bob.address, kept)], [bob.address])[0]!;
  };
  assert.ok((await earned((before) => before)) >= worth(1));
  assert.equal(await earned((before) => before + 1), 0n);
});
