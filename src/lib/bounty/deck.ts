import { hmacSha256 } from '../crypto/hash.js';
import { u32be, u64be, utf8 } from '../util/bytes.js';
import { invariant } from '../util/errors.js';
import { createChallenge } from './challenge.js';

const DECK_TAG = utf8('holdfast/deck/v1');
/** 32 KiB of cards: 80 years of audits at the longest interval. */
export const MAX_CARDS = 1024;
/** Every hash is fed from a piece that stays in the processor's cache. */
const PIECE_BYTES = 64 * 1024;

/** Challenges prepared while the data was at hand, so that the owner may forget the data. */
export interface Deck {
  /** The slot of the deal is in every nonce: the same deck dealt again, after a restore, has other nonces. */
  readonly dealSlot: number;
  /** Public keys, 32 bytes each. */
  readonly cards: readonly Uint8Array[];
  /** The first card that was never drawn. */
  readonly next: number;
}

/** One blob's deck key, from the owner's vault key and the UUID's 32 bytes. */
export function deckKey(vaultKey: Uint8Array, uuid: Uint8Array): Uint8Array {
  invariant(uuid.length === 32, 'a UUID is 32 bytes');
  return hmacSha256(vaultKey, DECK_TAG, uuid);
}

/** The nonce of card i of the deck dealt in a slot: 32 bytes. */
export function nonceFor(key: Uint8Array, dealSlot: number, i: number): Uint8Array {
  return hmacSha256(key, u64be(dealSlot), u32be(i));
}

export interface Dealer {
  update(chunk: Uint8Array): void;
  /** The cards, when the whole blob was fed; a Failure when it was longer or shorter. */
  finish(): Uint8Array[];
}

/** Deals `count` cards, from card `first` on, in one read of the blob, feeding that many hashes at once. */
export function dealer(key: Uint8Array, dealSlot: number, count: number, blobLength: number, first = 0): Dealer {
  invariant(count >= 1 && first >= 0 && first + count <= MAX_CARDS, `a deck of ${first + count} cards`);
  const challenges = Array.from({ length: count }, (_, i) =>
    createChallenge(nonceFor(key, dealSlot, first + i), blobLength),
  );
  return {
    update(chunk) {
      for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
        const piece = chunk.subarray(at, at + PIECE_BYTES);
        for (const challenge of challenges) challenge.update(piece);
      }
    },
    finish: () => challenges.map((challenge) => challenge.finish().key),
  };
}

/** Cards not yet drawn. */
export function cardsLeft(deck: Deck): number {
  return Math.max(0, deck.cards.length - deck.next);
}

export interface Draw {
  /** i of `nonceFor`. */
  index: number;
  card: Uint8Array;
  /** Write this one down before the nonce is posted. */
  deck: Deck;
}

/**
 * Draws a card and burns it: whatever becomes of the bounty, a steward that answered once may have kept
 * the answer. Undefined when the deck is exhausted.
 */
export function drawCard(deck: Deck): Draw | undefined {
  const { next: index } = deck;
  const card = deck.cards[index];
  return card && { index, card, deck: { ...deck, next: index + 1 } };
}
