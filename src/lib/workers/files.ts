import { readSync, writeSync } from 'node:fs';
import { Failure, fromSystemError } from '../util/errors.js';

/**
 * Bytes of an open file: threads of a process share its descriptors, so the number is all that goes to a thread.
 * Whoever gives it away keeps the file open until the job has ended.
 */
export interface Extent {
  fd: number;
  /** The first byte's offset in the file. */
  start: number;
  size: number;
}

/** A piece stays in the second-level cache from the read until its last hash. */
export const PIECE_BYTES = 64 * 1024;

/** Fills `into` from a position. Throws Failure('temporary') where the file ends before. */
export function readFully(fd: number, into: Uint8Array, position: number): void {
  for (let done = 0; done < into.length; ) {
    const got = reading(() => readSync(fd, into, done, into.length - done, position + done));
    if (got === 0) {
      throw new Failure('temporary', 'the file became shorter while it was read', 'try again once it is at rest');
    }
    done += got;
  }
}

/** Throws Failure('disk-full') and its like. */
export function writeFully(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writing(() => writeSync(fd, bytes, done, bytes.length - done, position + done));
  }
}

function reading(read: () => number): number {
  try {
    return read();
  } catch (error) {
    throw fromSystemError(error, 'reading a file');
  }
}

function writing(write: () => number): number {
  try {
    return write();
  } catch (error) {
    throw fromSystemError(error, 'writing a file');
  }
}

/** An extent's pieces in order, each in the same memory. */
export function* pieces({ fd, start, size }: Extent, length = PIECE_BYTES): Generator<Uint8Array> {
  const buffer = new Uint8Array(Math.min(length, size));
  for (let at = 0; at < size; at += length) {
    const piece = buffer.subarray(0, Math.min(length, size - at));
    readFully(fd, piece, start + at);
    yield piece;
  }
}
