import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { formatAddress } from '../crypto/address.js';
import { sealKeyFile } from '../crypto/keyfile.js';
import { writeFileDurably } from '../store/files.js';
import { Keyring } from '../wallet/keyring.js';
import { seedFromEntropy } from '../wallet/mnemonic.js';
import { encodePayload } from '../wallet/payload.js';

export type Role = 'miner' | 'owner' | 'steward';

export interface Home {
  name: string;
  role: Role;
  /** The node's data directory. */
  home: string;
  /** Its wallet's main address. */
  address: string;
  passphraseFile: string;
}

/** scrypt work of a devnet's key files: sixteen of them are opened at once on a small machine. */
const KEY_FILE_N = 1 << 12;

export function roles(stewards: number): { name: string; role: Role }[] {
  const numbered = Array.from({ length: stewards }, (_, i) => ({
    name: `steward-${String(i + 1).padStart(2, '0')}`,
    role: 'steward' as const,
  }));
  return [{ name: 'miner', role: 'miner' as const }, { name: 'owner', role: 'owner' as const }, ...numbered];
}

/** A data directory with a wallet of its own, as `wallet init` would make it. */
export async function makeHome(root: string, name: string, role: Role, nowMs: number): Promise<Home> {
  const home = join(root, name);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const passphrase = randomBytes(16).toString('hex');
  const entropy = new Uint8Array(randomBytes(32));
  const payload = encodePayload({ entropy, createdMs: nowMs });
  const random = { salt: new Uint8Array(randomBytes(16)), nonce: new Uint8Array(randomBytes(24)), n: KEY_FILE_N };
  await writeFileDurably(join(home, 'wallet.key'), await sealKeyFile(payload, passphrase, random));
  const passphraseFile = join(home, 'passphrase');
  await writeFileDurably(passphraseFile, `${passphrase}\n`);
  return {
    name,
    role,
    home,
    address: formatAddress(new Keyring(seedFromEntropy(entropy)).mainAddress()),
    passphraseFile,
  };
}
