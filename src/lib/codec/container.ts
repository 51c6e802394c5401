import { concat, readU32be, readU64be, u32be } from '../util/bytes.js';
import { Failure, invariant } from '../util/errors.js';
import { encodeBase32 } from './base32.js';
import { LEASE_BYTES, type Lease, packLease, type Schema, unpackLease } from './lease.js';
import { type ByteSource, sliceSource } from './source.js';

/** A storage server's file around one share (storage.immutable): header, share, leases. */
export const CONTAINER_HEADER_BYTES = 12;
const MUTABLE_MAGIC = 'Tahoe mutable container v';
const U32_MAX = 2 ** 32 - 1;
const V1_DATA_AT = 0x24;
const V2_DATA_AT = 0x44n;
/** Enough of a file for `sniffFile`. */
export const SNIFF_BYTES = 48;

export interface Container {
  schema: Schema;
  /** Bytes of the share, which starts at CONTAINER_HEADER_BYTES. */
  shareSize: number;
  leases: number;
}

export function packContainerHeader(shareSize: number, leases: number, schema: Schema = 2): Uint8Array {
  return concat(u32be(schema), u32be(Math.min(U32_MAX, shareSize)), u32be(leases));
}

/** A whole container in memory. The leases carry plain secrets. */
export function packContainer(share: Uint8Array, leases: readonly Lease[] = [], schema: Schema = 2): Uint8Array {
  const header = packContainerHeader(share.length, leases.length, schema);
  return concat(header, share, ...leases.map((lease) => packLease(lease, schema)));
}

/** Why a file in a share's place is none: a mutable file's, of another kind, or cut short. */
export type NotAContainer = 'mutable' | 'foreign' | 'short';

/**
 * What a file begins with, as a server reads it: the size in the header is a u32, and nobody relies on it.
 *
 * @param head the file's first SNIFF_BYTES bytes, or all it has; @param fileSize of the whole file
 */
export function readContainer(head: Uint8Array, fileSize: number): Container | NotAContainer {
  if (isMutable(head)) return 'mutable';
  if (head.length < CONTAINER_HEADER_BYTES) return 'short';
  const schema = readU32be(head, 0);
  if (schema !== 1 && schema !== 2) return 'foreign';
  const leases = readU32be(head, 8);
  const shareSize = fileSize - CONTAINER_HEADER_BYTES - LEASE_BYTES * leases;
  return shareSize < 0 ? 'short' : { schema, shareSize, leases };
}

/**
 * @param head the file's first CONTAINER_HEADER_BYTES bytes; @param fileSize of the whole file
 * @throws Failure('failure') for another schema, or a file too short for its leases
 */
export function unpackContainer(head: Uint8Array, fileSize: number): Container {
  const found = readContainer(head, fileSize);
  if (found === 'short') throw new Failure('failure', 'a share container is cut short');
  if (typeof found === 'string') throw new Failure('failure', 'a share container is neither schema 1 nor 2');
  return found;
}

/** The share inside a container, its leases left out: what a UUID is the hash of. Throws Failure('failure'). */
export async function containerShare(file: ByteSource): Promise<ByteSource> {
  const head = await file.read(0, Math.min(CONTAINER_HEADER_BYTES, file.size));
  return sliceSource(file, CONTAINER_HEADER_BYTES, unpackContainer(head, file.size).shareSize);
}

const LEASES_A_READ = 1000;

/**
 * The leases at a container's end; under schema 2 they hold hashes of secrets. Their number is what the container
 * says: they are not read all at once. Throws Failure('failure').
 */
export async function* containerLeases(file: ByteSource): AsyncGenerator<Lease> {
  const head = await file.read(0, Math.min(CONTAINER_HEADER_BYTES, file.size));
  const { shareSize, leases } = unpackContainer(head, file.size);
  for (let first = 0; first < leases; first += LEASES_A_READ) {
    const count = Math.min(LEASES_A_READ, leases - first);
    const at = CONTAINER_HEADER_BYTES + shareSize + first * LEASE_BYTES;
    const bytes = await file.read(at, count * LEASE_BYTES);
    for (let end = LEASE_BYTES; end <= bytes.length; end += LEASE_BYTES) {
      yield unpackLease(bytes.subarray(end - LEASE_BYTES, end));
    }
  }
}

function isMutable(head: Uint8Array): boolean {
  return Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1').startsWith(MUTABLE_MAGIC);
}

function looksLikeShare(head: Uint8Array, at: number): boolean {
  if (head.length < at + 28) return false;
  const version = readU32be(head, at);
  if (version === 1) return readU32be(head, at + 12) === V1_DATA_AT;
  return version === 2 && readU64be(head, at + 20) === V2_DATA_AT;
}

/**
 * What a file found in either layout is, from its first SNIFF_BYTES bytes: share and container both begin with a
 * small version number, so the share's offset table decides. A mutable container is to be skipped.
 */
export function sniffFile(head: Uint8Array): 'share' | 'container' | 'mutable' | undefined {
  if (isMutable(head)) return 'mutable';
  if (looksLikeShare(head, 0)) return 'share';
  return looksLikeShare(head, CONTAINER_HEADER_BYTES) ? 'container' : undefined;
}

const STORAGE_INDEX = /^[a-z2-7]{25}[aeimquy4]$/;
const SHARE_NUMBER = /^(?:0|[1-9]\d{0,2})$/;
export const SHARE_NUMBER_MAX = 255;

/** The text of a storage index, canonical: 16 bytes have one text. */
export function isStorageIndexName(name: string): boolean {
  return STORAGE_INDEX.test(name);
}

/** A share's number as its file is named: undefined for `01`, `256` and all else that no server writes. */
export function shareNumberOf(name: string): number | undefined {
  if (!SHARE_NUMBER.test(name)) return undefined;
  const number = Number(name);
  return number <= SHARE_NUMBER_MAX ? number : undefined;
}

/** Where a server keeps a share, relative to its storage directory; `/` between the parts. */
export function serverPath(storageIndex: Uint8Array, share: number): string {
  invariant(storageIndex.length === 16 && Number.isInteger(share) && share >= 0, 'impossible share');
  const text = encodeBase32(storageIndex);
  return `shares/${text.slice(0, 2)}/${text}/${share}`;
}
