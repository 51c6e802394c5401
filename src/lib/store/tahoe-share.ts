import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { commitmentOf } from '../codec/commitment.js';
import {
  CONTAINER_HEADER_BYTES,
  type Container,
  type NotAContainer,
  readContainer,
  SNIFF_BYTES,
} from '../codec/container.js';
import { type ByteSource, sliceSource } from '../codec/source.js';
import { equal } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { type Stamp, sameInode, sameStamp, stampOf } from './tahoe-tree.js';

/** Why a file in a share's place is not served. */
export type Skipped = NotAContainer | 'unreadable';

/** A share as it was when its bytes were read. */
export interface KnownShare {
  stamp: Stamp;
  uuid: string;
  /** Of the share, its container left out. */
  size: number;
  /** SHA-256 of what commits to it (codec/commitment.ts); null: only all bytes tell. */
  mark: Uint8Array | null;
}

export type Looked =
  | ({ kind: 'share' } & KnownShare)
  | { kind: 'skipped'; stamp: Stamp; why: NotAContainer }
  /** Its stat is not even to be had, or reading failed. */
  | { kind: 'unreadable' }
  /** It changed while it was read: look again. */
  | { kind: 'changing' }
  | { kind: 'gone' };

/** Told how many bytes were read; may wait, and may throw to end the look. */
export type Pace = (bytes: number) => Promise<void>;

const READ_BYTES = 256 * 1024;
/** A link is not followed, and a pipe that took a share's place does not hold us up. */
const READ_ONLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Opens a share's file for reading, as every reader of an attached tree must. Throws the system's errors. */
export function openShareFile(path: string): Promise<FileHandle> {
  return open(path, READ_ONLY);
}

/** Where the share's bytes stand in its file now: leases come and go behind them, so nothing is remembered. */
export async function containerIn(handle: FileHandle, fileSize: number): Promise<Container | NotAContainer> {
  const head = new Uint8Array(Math.min(SNIFF_BYTES, fileSize));
  const { bytesRead } = await handle.read(head, 0, head.length, 0);
  const found = readContainer(head.subarray(0, bytesRead), fileSize);
  return typeof found !== 'string' && found.shareSize === 0 ? 'short' : found;
}

/**
 * What a file in a share's place is. All its bytes are read but where `known` is of the same inode,
 * length and commitment: then only its leases changed.
 */
export async function lookAt(path: string, known: KnownShare | undefined, pace: Pace): Promise<Looked> {
  let handle: FileHandle;
  try {
    handle = await openShareFile(path);
  } catch (error) {
    return failed(error);
  }
  try {
    return await lookInto(handle, known, pace);
  } catch (error) {
    if (error instanceof Failure) throw error;
    return failed(error);
  } finally {
    await handle.close();
  }
}

function failed(error: unknown): Looked {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return { kind: code === 'ENOENT' || code === 'ENOTDIR' ? 'gone' : 'unreadable' };
}

async function lookInto(handle: FileHandle, known: KnownShare | undefined, pace: Pace): Promise<Looked> {
  const stat = await handle.stat({ bigint: true });
  if (!stat.isFile()) return { kind: 'unreadable' };
  const stamp = stampOf(stat);
  const fileSize = Number(stat.size);
  const container = await containerIn(handle, fileSize);
  if (typeof container === 'string') return { kind: 'skipped', stamp, why: container };
  const share = sliceSource(handleSource(handle, fileSize), CONTAINER_HEADER_BYTES, container.shareSize);
  const parts = await commitmentOf(share);
  if (parts === 'short') return { kind: 'skipped', stamp, why: 'short' };
  const mark = parts ? new Uint8Array(createHash('sha256').update(parts).digest()) : null;
  await pace(parts?.length ?? 0);
  const { shareSize: size } = container;
  const uuid = isSame(known, { stamp, size, mark }) ? known.uuid : await hashOf(share, pace);
  const after = stampOf(await handle.stat({ bigint: true }));
  const now = await containerIn(handle, fileSize);
  // A lease is appended in two writes, within one tick of the file system's clock perhaps.
  const steady = sameStamp(stamp, after) && typeof now !== 'string' && now.leases === container.leases;
  return steady ? { kind: 'share', stamp, uuid, size, mark } : { kind: 'changing' };
}

function isSame(known: KnownShare | undefined, now: Omit<KnownShare, 'uuid'>): known is KnownShare {
  if (!known || known.mark === null || now.mark === null) return false;
  return known.size === now.size && sameInode(known.stamp, now.stamp) && equal(known.mark, now.mark);
}

async function hashOf(share: ByteSource, pace: Pace): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < share.size; at += READ_BYTES) {
    const bytes = await share.read(at, Math.min(READ_BYTES, share.size - at));
    hash.update(bytes);
    await pace(bytes.length);
  }
  return hash.digest('hex');
}

/** A file cut short under its reader fails with the system's own word for that. */
function handleSource(handle: FileHandle, size: number): ByteSource {
  return {
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      const { bytesRead } = await handle.read(bytes, 0, length, offset);
      if (bytesRead < length) throw Object.assign(new Error('the file was cut short'), { code: 'EIO' });
      return bytes;
    },
  };
}

/** Holds reading to a rate: bytes that came early are waited for. `bytesPerSecond` Infinity does not wait. */
export function paceOf(bytesPerSecond: number, signal: AbortSignal): Pace {
  let paidUntilMs = 0;
  return async (bytes) => {
    const now = performance.now();
    paidUntilMs = Math.max(now, paidUntilMs) + (bytes * 1000) / bytesPerSecond;
    if (paidUntilMs - now > WAIT_MS_MIN) await sleepUntil(paidUntilMs - now, signal);
    if (signal.aborted) throw new Failure('temporary', 'the node is stopping');
  };
}

/** Shorter waits are saved up: timers are not that exact. */
const WAIT_MS_MIN = 20;

function sleepUntil(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
