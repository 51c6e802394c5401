import { scrypt as nodeScrypt } from 'node:crypto';
import { toBigInt, utf8 } from '../util/bytes.js';
import { encodeHeader } from './header.js';
import type { Hash, MinedHeader } from './types.js';

/** scrypt (RFC 7914) of the ledger's cost to 32 bytes. Injected, so that a test may use a cheap one. */
export type Scrypt = (password: Uint8Array, salt: Uint8Array) => Promise<Uint8Array>;

/** 4 MiB and about 8 ms a hash: not the function that rented machines are built for. */
export const SCRYPT_COST = { N: 4096, r: 8, p: 1 } as const;

/** The salt only separates this use of scrypt from others: the header, nonce and parent included, is the password. */
const SALT = utf8('holdfast/pow/v1');

/** Native scrypt, on libuv's threads. */
export const realScrypt: Scrypt = (password, salt) =>
  new Promise((resolve, reject) => {
    nodeScrypt(password, salt, 32, SCRYPT_COST, (error, key) => {
      if (error) reject(error);
      else resolve(new Uint8Array(key));
    });
  });

export function powHash(header: MinedHeader, scrypt: Scrypt): Promise<Hash> {
  return scrypt(encodeHeader(header), SALT);
}

/** A header is good if its hash, read as a number, is below its target. */
export function meetsTarget(hash: Hash, target: bigint): boolean {
  return toBigInt(hash) < target;
}

export async function hasWork(header: MinedHeader, scrypt: Scrypt): Promise<boolean> {
  return meetsTarget(await powHash(header, scrypt), header.proof.target);
}

/** Tries `count` nonces from the header's own on; the first that meets the target, or undefined. */
export async function mine(header: MinedHeader, count: number, scrypt: Scrypt): Promise<MinedHeader | undefined> {
  for (let i = 0; i < count; i++) {
    const tried: MinedHeader = { ...header, proof: { ...header.proof, nonce: header.proof.nonce + BigInt(i) } };
    if (await hasWork(tried, scrypt)) return tried;
  }
  return undefined;
}
