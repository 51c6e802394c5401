import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { createChallenge } from '../../src/lib/bounty/challenge.js';
import { cardsLeft, type Deck, dealer, deckKey, drawCard, MAX_CARDS, nonceFor } from '../../src/lib/bounty/deck.js';
import { concat, toHex, u32be, u64be } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';

const VAULT = new Uint8Array(32).fill(1);
const UUID = new Uint8Array(32).fill(2);
const KEY = deckKey(VAULT, UUID);

test('deck key and nonce are the protocol page, word for word', () => {
  assert.equal(toHex(KEY), createHmac('sha256', VAULT).update('holdfast/deck/v1').update(UUID).digest('hex'));
  const nonce = createHmac('sha256', KEY).update(u64be(123456789012)).update(u32be(3)).digest('hex');
  assert.equal(toHex(nonceFor(KEY, 123456789012, 3)), nonce);
});

test('property: a card’s key is the answer’s key, for every card, however the blob was fed', () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 5 });
  fc.assert(
    fc.property(chunks, fc.integer({ min: 1, max: 5 }), fc.nat(), (pieces, count, slot) => {
      const blob = concat(...pieces);
      const deal = dealer(KEY, slot, count, blob.length);
      for (const piece of pieces) deal.update(piece);
      const cards = deal.finish();
      assert.equal(cards.length, count);
      for (const [i, card] of cards.entries()) {
        const { key } = createChallenge(nonceFor(KEY, slot, i), blob.length)
          .update(blob)
          .finish();
        assert.deepEqual(card, key);
      }
    }),
    { numRuns: 20 },
  );
});

test('a chunk larger than the cache is fed in pieces, with the same result', () => {
  const blob = Uint8Array.from({ length: 200_001 }, (_, i) => i * 31);
  const deal = dealer(KEY, 5, 2, blob.length);
  deal.update(blob);
  const { key } = createChallenge(nonceFor(KEY, 5, 1), blob.length)
    .update(blob)
    .finish();
  assert.deepEqual(deal.finish()[1], key);
});

test('a blob longer or shorter than announced deals nothing', () => {
  assert.throws(() => dealer(KEY, 0, 2, 3).update(new Uint8Array(4)), isFailure);
  assert.throws(() => dealer(KEY, 0, 2, 3).finish(), isFailure);
  for (const count of [0, MAX_CARDS + 1]) assert.throws(() => dealer(KEY, 0, count, 3), /invariant/);
});

test('cards are drawn in order, each once, and the deck that was drawn from is unchanged', () => {
  const deck: Deck = { dealSlot: 9, cards: [1, 2, 3].map((n) => new Uint8Array(32).fill(n)), next: 0 };
  let left: Deck = deck;
  for (const index of [0, 1, 2]) {
    assert.equal(cardsLeft(left), 3 - index);
    const drawn = drawCard(left)!;
    assert.equal(drawn.index, index);
    assert.equal(drawn.card, deck.cards[index]);
    left = drawn.deck;
  }
  assert.equal(drawCard(left), undefined);
  assert.equal(cardsLeft(left), 0);
  assert.equal(deck.next, 0);
});
