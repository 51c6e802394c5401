import { invariant } from '../util/errors.js';

/** Bytes that can be read at any offset: a file, a share, a share inside a container. */
export interface ByteSource {
  readonly size: number;
  /** Exactly `length` bytes, or throws. The reader does not change them. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Where one share goes. Writes come in any order and do not overlap; `bytes` may be reused once the promise settles. */
export interface ShareSink {
  write(offset: number, bytes: Uint8Array): Promise<void>;
}

/** For a source that is the caller's own: another number of bytes is a bug. */
export async function readExactly(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await source.read(offset, length);
  invariant(bytes.length === length, 'the source gave another number of bytes than asked for');
  return bytes;
}

export function bufferSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    async read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > bytes.length) throw new Error('read past the end');
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** A window of another source. */
export function sliceSource(source: ByteSource, start: number, size: number): ByteSource {
  invariant(start >= 0 && size >= 0 && start + size <= source.size, 'slice outside its source');
  return {
    size,
    async read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > size) throw new Error('read past the end');
      return source.read(start + offset, length);
    },
  };
}

/** A share in memory; grows as it is written, gaps are zeros. */
export class BufferSink implements ShareSink {
  #held = new Uint8Array(1024);
  #size = 0;

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const end = offset + bytes.length;
    if (end > this.#held.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#held.length));
      grown.set(this.#held.subarray(0, this.#size));
      this.#held = grown;
    }
    this.#held.set(bytes, offset);
    this.#size = Math.max(this.#size, end);
  }

  bytes(): Uint8Array {
    return this.#held.slice(0, this.#size);
  }
}
