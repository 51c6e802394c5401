import type { SignatureBatch, SignatureVerifier } from './signatures.js';

/** Signatures remembered at least, and twice as many at most: some 20 MB. */
const REMEMBERED = 32_768;

/**
 * Signatures that were found good: a block's mostly were when its transactions came. Told by all that was verified,
 * signature, message and key. Two generations: when the younger is full, the older is forgotten.
 */
export class Verified {
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  constructor(private readonly most = REMEMBERED) {}

  add(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): void {
    if (this.#young.size >= this.most) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text(signature), underName(message, publicKey));
  }

  has(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
    const name = text(signature);
    const found = this.#young.get(name) ?? this.#old.get(name);
    return found !== undefined && found === underName(message, publicKey);
  }

  /** As another verifier, which is asked only about those that are not remembered. */
  before(verifier: SignatureVerifier): SignatureVerifier {
    return (room) => new Rest(this, verifier(room));
  }
}

class Rest implements SignatureBatch {
  #added = 0;
  /** By the number in the rest, the number in all. */
  readonly #numbers: number[] = [];

  constructor(
    private readonly known: Verified,
    private readonly batch: SignatureBatch,
  ) {}

  add(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): void {
    const number = this.#added++;
    if (this.known.has(signature, message, publicKey)) return;
    this.#numbers.push(number);
    this.batch.add(signature, message, publicKey);
  }

  async bad(): Promise<number[]> {
    return (await this.batch.bad()).map((number) => this.#numbers[number]!);
  }

  drop(): void {
    this.batch.drop();
  }
}

/** A byte a character. */
const text = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
const underName = (message: Uint8Array, key: Uint8Array) => `${message.length} ${text(message)}${text(key)}`;
