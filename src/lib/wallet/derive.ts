import { hmacSha256, sha512 } from '../crypto/hash.js';
import { scalarFromHash } from '../crypto/scalar.js';
import { utf8 } from '../util/bytes.js';
import { derivePath } from './slip10.js';

/**
 * Everything a wallet knows comes from its words, by SLIP-0010 under m/44'/26726'/0'/branch'/index'.
 * 26726 is 0x6866, "hf": SLIP-0044 has no number for this ledger. Branches are never given another use.
 * The node's network identity is not derived: a restored wallet must not pose as the old node.
 */
const ACCOUNT_PATH = [44, 26726, 0] as const;
const ACCOUNTS = 0;
const ADVERTS = 1;
const PAYEES = 2;
const VAULT = 3;
const CONVERGENCE = 4;
const BACKUP = 5;

const PAYEE_ROOT_TAG = utf8('holdfast/payee-root/v1');
const STAKE_VRF_TAG = utf8('holdfast/stake-vrf/v1');
const STAKE_SIGNING_TAG = utf8('holdfast/stake-signing/v1');

function branch(root: Uint8Array, which: number, index: number): Uint8Array {
  return derivePath(root, [...ACCOUNT_PATH, which, index]).key;
}

/** The Ed25519 seed of an account: 0 is the main address, later ones are the owner's one-time accounts. */
export function accountSeed(root: Uint8Array, index: number): Uint8Array {
  return branch(root, ACCOUNTS, index);
}

/** The Ed25519 seed of advert n's contact key: fresh each advert, so that contracts don't link. */
export function advertSeed(root: Uint8Array, n: number): Uint8Array {
  return branch(root, ADVERTS, n);
}

/** q, the scalar behind bid n's Q: a raw scalar, since payees are made by adding to it. */
export function payeeScalar(root: Uint8Array, n: number): bigint {
  return scalarFromHash(sha512(PAYEE_ROOT_TAG, branch(root, PAYEES, n)));
}

/** 32 bytes: deck keys and the readkeys of plain blobs are made of it. */
export function vaultKey(root: Uint8Array): Uint8Array {
  return branch(root, VAULT, 0);
}

/** The VRF's secret and the Ed25519 seed behind a bond's two keys: 32 bytes each, the same for every bond of the wallet. */
export function stakeSecrets(vault: Uint8Array): { vrf: Uint8Array; signing: Uint8Array } {
  return { vrf: hmacSha256(vault, STAKE_VRF_TAG), signing: hmacSha256(vault, STAKE_SIGNING_TAG) };
}

/** 32 bytes: Tahoe's convergence secret, so that the same file put twice is the same cap. */
export function convergenceSecret(root: Uint8Array): Uint8Array {
  return branch(root, CONVERGENCE, 0);
}

/** 32 bytes: what finds and opens a backup of the books, and knows the running original (wallet/vault-keys.ts). */
export function backupRoot(root: Uint8Array): Uint8Array {
  return branch(root, BACKUP, 0);
}
