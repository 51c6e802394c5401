import { createHash } from 'node:crypto';
import { sha512 } from '../crypto/hash.js';
import { pointOf, scalarFromHash } from '../crypto/scalar.js';
import { concat, u64be, utf8 } from '../util/bytes.js';
import { Failure, invariant } from '../util/errors.js';

/** Padded to 24: with the nonce's 32 bytes and the length's 8, the data starts on a 64-byte block of SHA-256. */
export const TAG24 = concat(utf8('holdfast challenge v1'), new Uint8Array(3));

const KEY_TAG = utf8('holdfast/bounty-key/v1');

/** What only a holder of the blob can work out: a secret scalar, and the public key it stands behind. */
export interface Answer {
  scalar: bigint;
  /** 32 bytes: the card an owner keeps, and a bounty's key. */
  key: Uint8Array;
}

/**
 * One challenge being answered, in one pass over the blob: seed = SHA-256(tag24 ‖ nonce ‖ u64be length ‖
 * blob). The nonce comes first, so that no state kept from an earlier pass helps; the tag's fixed length
 * and the blob's length leave no second way to read the same bytes as another nonce or another blob.
 */
export class Challenge {
  private readonly hash = createHash('sha256');
  private fed = 0;

  constructor(
    nonce: Uint8Array,
    private readonly length: number,
  ) {
    invariant(nonce.length === 32, 'a nonce is 32 bytes');
    invariant(Number.isSafeInteger(length) && length >= 0, `not a length: ${length}`);
    this.hash.update(TAG24).update(nonce).update(u64be(length));
  }

  /** The blob's next bytes. Throws a Failure when more come than were announced. */
  update(bytes: Uint8Array): this {
    this.fed += bytes.length;
    if (this.fed > this.length) throw new Failure('failure', `the blob is longer than its ${this.length} bytes`);
    this.hash.update(bytes);
    return this;
  }

  /** Once only, and only when exactly the announced bytes were fed; a Failure otherwise. */
  finish(): Answer {
    if (this.fed !== this.length) {
      throw new Failure('failure', `the blob ends after ${this.fed} of ${this.length} bytes`);
    }
    const scalar = scalarFromHash(sha512(KEY_TAG, this.hash.digest()));
    return { scalar, key: pointOf(scalar) };
  }
}

export function createChallenge(nonce: Uint8Array, length: number): Challenge {
  return new Challenge(nonce, length);
}

/** The answer to a nonce (32 bytes) from a blob of `length` bytes that comes in chunks. */
export async function answer(
  nonce: Uint8Array,
  length: number,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Answer> {
  const challenge = createChallenge(nonce, length);
  for await (const chunk of chunks) challenge.update(chunk);
  return challenge.finish();
}
