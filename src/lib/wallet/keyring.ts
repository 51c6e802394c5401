import { publicFromSeed, signWithSeed } from '../crypto/ed25519.js';
import { pointOf } from '../crypto/scalar.js';
import { expandSecret, type SecretParts } from '../crypto/vrf.js';
import { toHex } from '../util/bytes.js';
import { Failure, invariant } from '../util/errors.js';
import {
  accountSeed,
  advertSeed,
  backupRoot,
  convergenceSecret,
  payeeScalar,
  stakeSecrets,
  vaultKey,
} from './derive.js';

interface KeyPair {
  seed: Uint8Array;
  publicKey: Uint8Array;
}

function keyPair(seed: Uint8Array): KeyPair {
  return { seed, publicKey: publicFromSeed(seed) };
}

export interface StakeKeys {
  vrf: SecretParts;
  vrfSecret: Uint8Array;
  signing: KeyPair;
}

function makeStakeKeys(vault: Uint8Array): StakeKeys {
  const { vrf, signing } = stakeSecrets(vault);
  return { vrf: expandSecret(vrf), vrfSecret: vrf, signing: keyPair(signing) };
}

/** An unlocked wallet: BIP39's seed in memory, and the keys derived so far. */
export class Keyring {
  /** 32 bytes: `deckKey` and `readKeyForBlob` take it. */
  readonly vaultKey: Uint8Array;
  /** 32 bytes: Tahoe's convergence secret. */
  readonly convergence: Uint8Array;
  /** 32 bytes: `vaultKeys` takes it. */
  readonly backup: Uint8Array;
  private readonly accounts = new Map<number, KeyPair>();
  private readonly indexes = new Map<string, number>();
  #stake: StakeKeys | undefined;

  constructor(private readonly root: Uint8Array) {
    invariant(root.length === 64, 'a BIP39 seed is 64 bytes');
    this.vaultKey = vaultKey(root);
    this.convergence = convergenceSecret(root);
    this.backup = backupRoot(root);
  }

  mainAddress(): Uint8Array {
    return this.address(0);
  }

  /** Account i's address, a public key of 32 bytes. */
  address(index: number): Uint8Array {
    return this.account(index).publicKey;
  }

  /** The same, kept in no memory: whoever looks for accounts looks at many. */
  lookAt(index: number): Uint8Array {
    return publicFromSeed(accountSeed(this.root, index));
  }

  /** The number of an account whose address was asked for before; undefined for any other. */
  indexOf(address: Uint8Array): number | undefined {
    return this.indexes.get(toHex(address));
  }

  /** Signs for an account, by number or address (a Failure 'not-found' where that isn't this wallet's). */
  sign(signer: number | Uint8Array, message: Uint8Array): Uint8Array {
    const index = typeof signer === 'number' ? signer : this.indexOf(signer);
    if (index === undefined) throw new Failure('not-found', 'this wallet has no key for that address');
    return signWithSeed(this.account(index).seed, message);
  }

  /** Advert n's contact key: signs that advert's contracts and polls. */
  advertKey(n: number): KeyPair {
    return keyPair(advertSeed(this.root, n));
  }

  /** Bid n's payee root: Q goes into the bid, q stays here. */
  payeeRoot(n: number): { q: bigint; Q: Uint8Array } {
    const q = payeeScalar(this.root, n);
    return { q, Q: pointOf(q) };
  }

  /** What this wallet's bond is drawn and signs by. `vrf` is for crypto/vrf.ts, already expanded. */
  stakeKeys(): StakeKeys {
    this.#stake ??= makeStakeKeys(this.vaultKey);
    return this.#stake;
  }

  private account(index: number): KeyPair {
    let pair = this.accounts.get(index);
    if (!pair) {
      pair = keyPair(accountSeed(this.root, index));
      this.accounts.set(index, pair);
      this.indexes.set(toHex(pair.publicKey), index);
    }
    return pair;
  }
}
