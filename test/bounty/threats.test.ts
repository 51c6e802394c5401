import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { _SHA256 } from '@noble/hashes/sha2.js';
import { createChallenge, TAG24 } from '../../src/lib/bounty/challenge.js';
import { type Deck, dealer, deckKey, drawCard, nonceFor } from '../../src/lib/bounty/deck.js';
import { concat, readU32be, toHex, u64be } from '../../src/lib/util/bytes.js';

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

test('the modelled rule is the challenge', () => {
  const scalar = createHash('sha512')
    .update('holdfast/bounty-key/v1')
    .update(Buffer.from(seedBy(OURS, { nonce: nonce(4), length: BLOB.length, data: BLOB }), 'hex'))
    .digest();
  const { scalar: ours } = createChallenge(nonce(4), BLOB.length).update(BLOB).finish();
  const order = (1n << 252n) + 27742317777372353535851937790883648493n;
  assert.equal(BigInt(`0x${scalar.reverse().toString('hex')}`) % order, ours);
});

test('threat 1: a steward keeps the hash state, not the data', () => {
  const outcomes = [NONCE_LAST, OURS].map((rule) => {
    const cheat = new MidstateSteward(rule, BLOB);
    return [1, 2, 3].map((n) => cheat.answer(nonce(n)) === seedBy(rule, { nonce: nonce(n), length: 1000, data: BLOB }));
  });
  assert.deepEqual(outcomes, [
    [true, true, true],
    [false, false, false],
  ]);
});

test('threat 1: HMAC keyed with the data fails alike: 32 bytes answer for ever', () => {
  // RFC 2104 §2: a key longer than a block is hashed first.
  const kept = createHash('sha256').update(BLOB).digest();
  for (const n of [1, 2, 3]) {
    const answer = createHmac('sha256', kept).update(nonce(n)).digest('hex');
    assert.equal(answer, createHmac('sha256', BLOB).update(nonce(n)).digest('hex'));
  }
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

test('threat 2: a nonce chosen to look like padding', () => {
  // 1,000 = 15 · 64 + 40 bytes are padded with 24: they fit into a nonce, and the UUID, which the bounty
  // itself names, is then all an answer takes.
  const pad = padding(BLOB.length);
  assert.equal(pad.length, 24);
  const chosen = concat(pad, new Uint8Array(8).fill(9));
  const known = { nonce: chosen, length: BLOB.length, data: BLOB };
  const uuid = createHash('sha256').update(BLOB).digest();
  const forged = extend(uuid, BLOB.length, chosen.subarray(24));
  assert.equal(forged, seedBy(NONCE_LAST, known));
  assert.notEqual(forged, seedBy(OURS, known));
});

test('threat 2: a longer blob made to extend a shorter one', () => {
  const suffix = new Uint8Array(100).fill(5);
  const prefixed: readonly Part[] = ['tag', 'nonce', 'data'];
  const outcomes = [prefixed, OURS].map((rule) => {
    const hashed = rule.reduce(
      (sum, part) => sum + bytesOf(part, { nonce: nonce(1), length: 1, data: BLOB }).length,
      0,
    );
    const longer = concat(BLOB, padding(hashed), suffix);
    const kept = seedBy(rule, { nonce: nonce(1), length: BLOB.length, data: BLOB });
    const forged = extend(Buffer.from(kept, 'hex'), hashed, suffix);
    return forged === seedBy(rule, { nonce: nonce(1), length: longer.length, data: longer });
  });
  assert.deepEqual(outcomes, [true, false]);
});

test('threat 2: bytes moved from the blob into a nonce without a fixed length', () => {
  const unframed = (n: Uint8Array, blob: Uint8Array) => seedBy(['nonce', 'data'], { nonce: n, length: 0, data: blob });
  const moved = concat(nonce(1), BLOB.subarray(0, 900));
  assert.equal(unframed(moved, BLOB.subarray(900)), unframed(nonce(1), BLOB));
  assert.throws(() => createChallenge(moved, 100), /invariant/);
});

test('threat 25: a nonce used twice, a restored deck dealt again', () => {
  const key = deckKey(nonce(1), nonce(2));
  const deal = (slot: number): Deck => {
    const dealing = dealer(key, slot, 3, BLOB.length);
    dealing.update(BLOB);
    return { dealSlot: slot, cards: dealing.finish(), next: 0 };
  };
  // A steward that answered once keeps the answer, 32 bytes, and drops the blob.
  const answers = new Set<string>();
  const claim = (deck: Deck, index: number) => {
    answers.add(toHex(nonceFor(key, deck.dealSlot, index)));
  };
  const answersAgain = (deck: Deck, index: number) => answers.has(toHex(nonceFor(key, deck.dealSlot, index)));
  const backup = deal(100);
  const first = drawCard(backup)!;
  claim(backup, first.index);

  // Without burning, or with the deck put back from a backup, the kept answer claims again.
  assert.equal(answersAgain(backup, drawCard(backup)!.index), true);
  // Drawn on: burnt.
  assert.equal(answersAgain(first.deck, drawCard(first.deck)!.index), false);
  // Put back from a backup, but looking at what the ledger has seen.
  const looked = drawCard(backup, (index) => answersAgain(backup, index))!;
  assert.equal(answersAgain(backup, looked.index), false);
  // Dealt again: the same slot would repeat every nonce, a later one none.
  const cards = (deck: Deck) => deck.cards.map(toHex);
  assert.deepEqual(cards(deal(100)), cards(backup));
  const again = deal(101);
  assert.equal(answersAgain(again, drawCard(again)!.index), false);
  assert.equal(new Set([...cards(backup), ...cards(again)]).size, 6);
});
