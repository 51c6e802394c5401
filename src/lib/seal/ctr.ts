import { type Cipher, createCipheriv } from 'node:crypto';
import { fromBigInt } from '../util/bytes.js';
import { invariant } from '../util/errors.js';

const BLOCK = 16;

/**
 * AES-256-CTR from a counter of zero (NIST SP 800-38A §6.5), at any offset. Sealing and unsealing are
 * the same operation. The zero counter is safe since every key serves one blob only. A cipher is kept
 * while the offsets follow each other: making one costs as much as 16 KiB of keystream.
 */
export class CounterStream {
  private cipher: Cipher | undefined;
  private position = 0;

  constructor(private readonly key: Uint8Array) {
    invariant(key.length === 32, 'AES-256 takes a key of 32 bytes');
  }

  /** The chunk that lies at this offset, turned. */
  apply(offset: number, chunk: Uint8Array): Uint8Array {
    invariant(Number.isSafeInteger(offset) && offset >= 0, `offset out of range: ${offset}`);
    if (!this.cipher || this.position !== offset) this.cipher = this.cipherAt(offset);
    this.position = offset + chunk.length;
    return this.cipher.update(chunk);
  }

  private cipherAt(offset: number): Cipher {
    const counter = fromBigInt(BigInt(Math.floor(offset / BLOCK)), BLOCK);
    const cipher = createCipheriv('aes-256-ctr', this.key, counter);
    cipher.update(new Uint8Array(offset % BLOCK));
    return cipher;
  }
}
