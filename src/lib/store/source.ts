import type { FileHandle } from 'node:fs/promises';
import type { ByteSource } from '../codec/source.js';
import { Failure } from '../util/errors.js';

const CHUNK_BYTES = 1 << 20;

/** An open file, read at any offset. It is closed by whoever opened it. */
export class FileSource implements ByteSource {
  constructor(
    private readonly handle: FileHandle,
    readonly size: number,
  ) {}

  /** For workers, which read it themselves; valid until `close`. */
  get fd(): number {
    return this.handle.fd;
  }

  /** Throws Failure('failure') where the file has become shorter meanwhile. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    // Of its own memory: a slice of Node's pool would keep 8 KiB alive for a hash of 32 bytes.
    const out = Buffer.allocUnsafeSlow(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await this.handle.read(out, done, length - done, offset + done);
      if (bytesRead === 0) throw new Failure('failure', 'the file ended early');
      done += bytesRead;
    }
    return out;
  }

  /** From its beginning to its end; one chunk is held at a time. */
  async *chunks(step = CHUNK_BYTES): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < this.size; at += step) yield await this.read(at, Math.min(step, this.size - at));
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}
