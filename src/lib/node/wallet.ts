import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { payeeScalar } from '../bounty/payee.js';
import type { Address } from '../chain/types.js';
import { openKeyFile } from '../crypto/keyfile.js';
import { signRaw } from '../crypto/scalar.js';
import { equal } from '../util/bytes.js';
import { Failure, fromSystemError } from '../util/errors.js';
import { Keyring } from '../wallet/keyring.js';
import { seedFromEntropy } from '../wallet/mnemonic.js';
import { decodePayload } from '../wallet/payload.js';
import type { Books } from './books.js';
import { beginInstance } from './original.js';

export type WalletState = 'none' | 'locked' | 'unlocked';

/** The keys, once the passphrase opened them; they are never written anywhere. */
export class Wallet {
  private keyring: Keyring | undefined;

  constructor(
    private readonly keyFile: string,
    private readonly books: Books,
  ) {}

  async state(): Promise<WalletState> {
    if (this.keyring) return 'unlocked';
    return readFile(this.keyFile).then(
      () => 'locked',
      () => 'none',
    );
  }

  async unlock(passphrase: string): Promise<void> {
    const text = await readFile(this.keyFile, 'utf8').catch((error) => {
      if (error.code === 'ENOENT') throw noWallet();
      throw fromSystemError(error, 'reading the wallet');
    });
    await this.open(new Keyring(seedFromEntropy(decodePayload(await openKeyFile(text, passphrase)).entropy)));
  }

  /** With keys that are in memory already. */
  async open(keyring: Keyring): Promise<void> {
    this.keyring = keyring;
    await beginInstance(this.books, this.keyring.backup, dirname(this.keyFile), Date.now());
    const address = this.keyring.mainAddress();
    if (!this.books.accounts.get(address)) {
      await this.books.commit([this.books.accounts.put(address, { kind: 'main', index: 0, address })]);
    }
  }

  get unlocked(): boolean {
    return this.keyring !== undefined;
  }

  keys(): Keyring {
    if (!this.keyring)
      throw new Failure('passphrase', 'the wallet is locked', 'give --passphrase-file, or restart the node with it');
    return this.keyring;
  }

  get main(): Address {
    return this.keys().mainAddress();
  }

  /** The account that a controller spends from: adverts and bids do, and one-time accounts are made from it. */
  get spending(): Address {
    return this.main;
  }

  /** Signs for one of this wallet's accounts, a one-time payee included. */
  sign(address: Address, message: Uint8Array): Uint8Array {
    const keyring = this.keys();
    if (equal(address, keyring.mainAddress())) return keyring.sign(0, message);
    const account = this.books.accounts.get(address);
    if (account?.kind === 'main' || account?.kind === 'funder') return keyring.sign(account.index, message);
    if (account?.kind === 'payee') {
      const { q } = keyring.payeeRoot(account.payeeIndex);
      return signRaw(payeeScalar(q, account.secret, account.index), message, new Uint8Array(randomBytes(32)));
    }
    throw new Failure('not-found', 'no key of this wallet fits that account');
  }
}

function noWallet(): Failure {
  return new Failure('not-found', 'there is no wallet here', 'make one with holdfast wallet init');
}
