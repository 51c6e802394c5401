import { pbkdf2Sync } from 'node:crypto';
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { utf8 } from '../util/bytes.js';
import { Failure, invariant } from '../util/errors.js';

/** 32 random bytes as 24 words (BIP39, English): new ones for new bytes, the wallet's own for its own. */
export function newWords(entropy: Uint8Array): string {
  invariant(entropy.length === 32, 'a wallet is made of 32 random bytes');
  return entropyToMnemonic(entropy, wordlist);
}

/**
 * The 32 bytes behind 24 words; white space and case don't matter. A usage Failure for anything else,
 * which says which word is wrong by its place and never repeats the words.
 */
export function entropyFromWords(words: string): Uint8Array {
  const list = words.trim().toLowerCase().split(/\s+/, 100);
  if (list.length !== 24) {
    throw new Failure(
      'usage',
      'not the words of a wallet: there must be 24',
      'write them in order, separated by spaces',
    );
  }
  const unknown = list.findIndex((word) => !wordlist.includes(word));
  if (unknown >= 0) {
    throw new Failure('usage', `word ${unknown + 1} is not in the list of words`, 'look for a slip of the pen');
  }
  try {
    return mnemonicToEntropy(list.join(' '), wordlist);
  } catch {
    // The library's message may hold the words.
    throw new Failure('usage', 'the words do not fit together', 'one is wrong, or two have changed places');
  }
}

/** BIP39's 64-byte seed, with an empty passphrase: what every key is derived from. */
export function seedFromEntropy(entropy: Uint8Array): Uint8Array {
  return new Uint8Array(pbkdf2Sync(utf8(newWords(entropy)), utf8('mnemonic'), 2048, 64, 'sha512'));
}

/** The same from the words themselves; Failures as `entropyFromWords`. */
export function seedFromWords(words: string): Uint8Array {
  return seedFromEntropy(entropyFromWords(words));
}
