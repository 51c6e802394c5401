import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { Failure, fromSystemError } from '../util/errors.js';
import type { Place } from './blobs-foreign.js';
import { openShareFile } from './tahoe-share.js';

const READ_BYTES = 256 * 1024;

/** Bytes of an open file, as they go to a worker thread. */
export interface BlobExtent {
  fd: number;
  start: number;
  size: number;
}

/** SHA-256 of all its bytes, hex. */
export type Hasher = (blob: OpenBlob) => Promise<string>;

/**
 * A blob's open file: what was verified through it is what is read from it, whatever is renamed or
 * deleted meanwhile. Offsets are the blob's own. Close it.
 */
export class OpenBlob {
  private constructor(
    readonly place: Place,
    private readonly file: FileHandle,
  ) {}

  /** undefined where the file has gone since it was found. */
  static async at(place: Place): Promise<OpenBlob | undefined> {
    try {
      return new OpenBlob(place, await (place.writable ? open(place.path, 'r') : openShareFile(place.path)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw fromSystemError(error, 'reading a blob');
    }
  }

  get size(): number {
    return this.place.size;
  }

  get extent(): BlobExtent {
    return { fd: this.file.fd, start: this.place.start, size: this.size };
  }

  /** All `length` bytes; throws where the file has become shorter. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const out = Buffer.allocUnsafeSlow(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await this.file
        .read(out, done, length - done, this.place.start + offset + done)
        .catch((error) => {
          throw fromSystemError(error, `reading ${this.place.path}`);
        });
      if (bytesRead === 0) throw new Failure('failure', `${this.place.path} is shorter than its blob`);
      done += bytesRead;
    }
    return out;
  }

  async *stream(offset = 0, length = Number.MAX_SAFE_INTEGER): AsyncGenerator<Uint8Array> {
    const end = Math.min(offset + length, this.size);
    for (let at = offset; at < end; at += READ_BYTES) yield await this.read(at, Math.min(READ_BYTES, end - at));
  }

  /** All of it, then it is closed; also where its reader leaves early. */
  async *drain(): AsyncGenerator<Uint8Array> {
    try {
      yield* this.stream();
    } finally {
      await this.close();
    }
  }

  /** SHA-256, hex; on this thread. */
  async hash(): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of this.stream()) hash.update(chunk);
    return hash.digest('hex');
  }

  /** Whether the file still is as long as it was when it was found, or as its container says. */
  async isWhole(): Promise<boolean> {
    return (await this.file.stat()).size >= this.place.start + this.size;
  }

  /** Which file it is, through all renames. */
  async identity(): Promise<{ dev: number; ino: number }> {
    const { dev, ino } = await this.file.stat();
    return { dev, ino };
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}
