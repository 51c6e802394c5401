import { blake2b } from '@noble/hashes/blake2.js';
import { concat, readU32be, u32be } from '../util/bytes.js';
import { invariant } from '../util/errors.js';
import { taggedHash, taggedPairHash } from './hashutil.js';

/** storage.lease_schema: 1 keeps the secrets as they are, 2 their BLAKE2b. */
export type Schema = 1 | 2;

export const LEASE_BYTES = 72;
const SECRET_BYTES = 32;
const LEASE_SECONDS = 31 * 86_400;

export interface Lease {
  /** 0 as a share is allocated, 1 by add-lease. */
  owner: number;
  /** 32 bytes: the secret where it is being written or under schema 1, its hash where it was read under schema 2. */
  renew: Uint8Array;
  cancel: Uint8Array;
  /** Seconds since the Unix epoch. */
  expires: number;
}

export interface LeaseSecrets {
  renew: Uint8Array;
  cancel: Uint8Array;
}

/**
 * The secrets a client shows one server for one file (util.hashutil): secret → client → file → bucket.
 *
 * @param leaseSecret the node's, of any length; @param tubid the server's raw 20 bytes
 */
export function leaseSecrets(leaseSecret: Uint8Array, storageIndex: Uint8Array, tubid: Uint8Array): LeaseSecrets {
  const derive = (kind: string) => {
    const client = taggedHash(leaseSecret, Buffer.from(`allmydata_client_${kind}_secret_v1`));
    const file = taggedPairHash(`allmydata_file_${kind}_secret_v1`, client, storageIndex);
    return taggedPairHash(`allmydata_bucket_${kind}_secret_v1`, file, tubid);
  };
  return { renew: derive('renewal'), cancel: derive('cancel') };
}

export function newLease(secrets: LeaseSecrets, nowSeconds: number, owner = 0): Lease {
  return { owner, ...secrets, expires: nowSeconds + LEASE_SECONDS };
}

/** @param lease with plain secrets; schema 2 hashes them here */
export function packLease(lease: Lease, schema: Schema): Uint8Array {
  invariant(lease.renew.length === SECRET_BYTES && lease.cancel.length === SECRET_BYTES, 'a lease secret is 32 bytes');
  const keep = (secret: Uint8Array) => (schema === 1 ? secret : blake2b(secret, { dkLen: SECRET_BYTES }));
  return concat(u32be(lease.owner), keep(lease.renew), keep(lease.cancel), u32be(lease.expires));
}

/** @param bytes LEASE_BYTES of them */
export function unpackLease(bytes: Uint8Array): Lease {
  invariant(bytes.length === LEASE_BYTES, 'a lease is 72 bytes');
  return {
    owner: readU32be(bytes, 0),
    renew: bytes.slice(4, 36),
    cancel: bytes.slice(36, 68),
    expires: readU32be(bytes, 68),
  };
}
