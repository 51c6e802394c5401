import { hkdfSha256, hmacSha256 } from '../crypto/hash.js';
import { u16be, utf8 } from '../util/bytes.js';
import { invariant } from '../util/errors.js';

const KEY_TAG = utf8('holdfast/backup/key/v1');
const READ_TAG = utf8('holdfast/backup/read/v1');
const INSTANCE_TAG = utf8('holdfast/backup/instance/v1');
const SEAL_INFO = 'holdfast/backup/seal/v1';

/** Copies of one backup that are made, and looked for, at the most. */
export const COPIES_MAX = 16;
export const VAULT_SALT_BYTES = 16;

/**
 * What the words give for the backup of one network's books. The network is in every key: the same words on two
 * networks have locators that nobody can link.
 */
export interface VaultKeys {
  /** 32 bytes, from which each vault's own key derives. */
  key: Uint8Array;
  /** The readkey of copy i; its locator is SHA-256 of it, the same for every generation. */
  readkey(copy: number): Uint8Array;
  /** The readkey under which a running wallet is found (node/original.ts). */
  instance: Uint8Array;
}

/** backup: `Keyring.backup`; network: the genesis's id, 32 bytes. */
export function vaultKeys(backup: Uint8Array, network: Uint8Array): VaultKeys {
  invariant(backup.length === 32 && network.length === 32, 'the root of backups, and a network’s id, are 32 bytes');
  return {
    key: hmacSha256(backup, KEY_TAG, network),
    readkey: (copy) => hmacSha256(backup, READ_TAG, network, u16be(copy)),
    instance: hmacSha256(backup, INSTANCE_TAG, network),
  };
}

/** One vault's key: its salt is random, so that no key ever seals two vaults, nor do two copies look alike. */
export function sealKey(key: Uint8Array, salt: Uint8Array): Uint8Array {
  invariant(salt.length === VAULT_SALT_BYTES, 'a vault’s salt is 16 bytes');
  return hkdfSha256(key, salt, SEAL_INFO, 32);
}
