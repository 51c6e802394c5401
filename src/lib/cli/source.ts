import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteSource } from '../codec/source.js';
import { writeAll } from '../store/files.js';
import { Failure, fromSystemError } from '../util/errors.js';
import { openInput } from './input.js';

/** An open file, read at any offset. */
export class FileSource implements ByteSource {
  constructor(
    private readonly handle: FileHandle,
    readonly size: number,
  ) {}

  async read(offset: number, length: number): Promise<Uint8Array> {
    const out = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await this.handle.read(out, done, length - done, offset + done);
      if (bytesRead === 0) throw new Error('the file ended early');
      done += bytesRead;
    }
    return out;
  }

  /** From its beginning to its end. */
  async *chunks(step = 1 << 20): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < this.size; at += step) yield await this.read(at, Math.min(step, this.size - at));
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** Opens a file for reading; what is no regular file, stdin above all, is first written to `dir`. */
export async function openSource(name: string, dir: string): Promise<FileSource> {
  if (name === '-') return spool(openInput('-'), dir);
  let handle: FileHandle;
  try {
    handle = await open(name, 'r');
  } catch (error) {
    throw fromSystemError(error, `cannot read ${name}`);
  }
  const stat = await handle.stat();
  if (stat.isFile()) return new FileSource(handle, stat.size);
  await handle.close();
  if (stat.isDirectory()) throw new Failure('usage', `${name} is a directory`, 'name a file, or pipe tar into -');
  return spool(openInput(name), dir);
}

/** The file has no name once it is open: nothing is left of it, not even after kill -9. */
async function spool(input: AsyncIterable<Uint8Array>, dir: string): Promise<FileSource> {
  const path = join(dir, `.spool-${randomBytes(8).toString('hex')}`);
  let handle: FileHandle | undefined;
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    handle = await open(path, 'wx+', 0o600);
    await rm(path);
    let size = 0;
    for await (const chunk of input) {
      await writeAll(handle, chunk, size);
      size += chunk.length;
    }
    return new FileSource(handle, size);
  } catch (error) {
    await handle?.close();
    throw fromSystemError(error, 'cannot keep the input');
  }
}
