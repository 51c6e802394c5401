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

/**
 * The size in the header is not relied on: it is a u32, and servers ignore it too.
 *
 * @param head the file's first CONTAINER_HEADER_BYTES bytes; @param fileSize of the whole file
 * @throws Failure('failure') for another schema, or a file too short for its leases
 */
export function unpackContainer(head: Uint8Array, fileSize: number): Container {
  const short = new Failure('failure', 'a share container is cut short');
  if (head.length < CONTAINER_HEADER_BYTES) throw short;
  const schema = readU32be(head, 0);
  if (schema !== 1 && schema !== 2) throw new Failure('failure', 'a share container is neither schema 1 nor 2');
  const leases = readU32be(head, 8);
  const shareSize = fileSize - CONTAINER_HEADER_BYTES - LEASE_BYTES * leases;
  if (shareSize < 0) throw short;
  return { schema, shareSize, leases };
}

/** The share inside a container, its leases left out: what a UUID is the hash of. Throws Failure('failure'). */
export async function containerShare(file: ByteSource): Promise<ByteSource> {
  const head = await file.read(0, Math.min(CONTAINER_HEADER_BYTES, file.size));
  return sliceSource(file, CONTAINER_HEADER_BYTES, unpackContainer(head, file.size).shareSize);
}

/** The leases at a container's end; under schema 2 they hold hashes of secrets. Throws Failure('failure'). */
export async function containerLeases(file: ByteSource): Promise<Lease[]> {
  const head = await file.read(0, Math.min(CONTAINER_HEADER_BYTES, file.size));
  const { shareSize, leases } = unpackContainer(head, file.size);
  const bytes = await file.read(CONTAINER_HEADER_BYTES + shareSize, leases * LEASE_BYTES);
  return Array.from({ length: leases }, (_, at) =>
    unpackLease(bytes.subarray(at * LEASE_BYTES, (at + 1) * LEASE_BYTES)),
  );
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
  if (Buffer.from(head).subarray(0, MUTABLE_MAGIC.length).toString('latin1') === MUTABLE_MAGIC) return 'mutable';
  if (looksLikeShare(head, 0)) return 'share';
  return looksLikeShare(head, CONTAINER_HEADER_BYTES) ? 'container' : undefined;
}

/** Where a server keeps a share, relative to its storage directory; `/` between the parts. */
export function serverPath(storageIndex: Uint8Array, share: number): string {
  invariant(storageIndex.length === 16 && Number.isInteger(share) && share >= 0, 'impossible share');
  const text = encodeBase32(storageIndex);
  return `shares/${text.slice(0, 2)}/${text}/${share}`;
}
