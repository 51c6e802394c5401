import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteSource } from '../codec/source.js';
import { writeAll } from '../store/files.js';
import { Failure, fromSystemError } from '../util/errors.js';

const CHUNK_BYTES = 256 * 1024;

/**
 * Bytes that are read twice (convergence needs two passes) lie here in between. What a kill leaves
 * behind is removed at the next start.
 */
export class Spool {
  private constructor(private readonly folder: string) {}

  static async open(home: string): Promise<Spool> {
    const folder = join(home, 'spool');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) await rm(join(folder, name), { force: true });
    return new Spool(folder);
  }

  async take(body: AsyncIterable<Uint8Array>): Promise<SpoolFile> {
    const path = join(this.folder, randomUUID());
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, 'wx+', 0o600);
      let size = 0;
      for await (const chunk of body) {
        await writeAll(handle, chunk, size);
        size += chunk.length;
      }
      return new SpoolFile(path, handle, size);
    } catch (error) {
      await handle?.close();
      await rm(path, { force: true });
      throw fromSystemError(error, 'spooling the input');
    }
  }
}

export class SpoolFile implements ByteSource {
  constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    readonly size: number,
  ) {}

  async read(offset: number, length: number): Promise<Uint8Array> {
    return readExactly(this.handle, offset, length);
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < this.size; at += CHUNK_BYTES) {
      yield await this.read(at, Math.min(CHUNK_BYTES, this.size - at));
    }
  }

  async remove(): Promise<void> {
    await this.handle.close();
    await rm(this.path, { force: true });
  }
}

export async function readExactly(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const out = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(out, done, length - done, offset + done);
    if (bytesRead === 0) throw new Failure('failure', 'the file ended early');
    done += bytesRead;
  }
  return out;
}
