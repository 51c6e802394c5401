import { existsSync } from 'node:fs';
import { formatAddress } from '../crypto/address.js';
import { openKeyFile } from '../crypto/keyfile.js';
import { equal } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { Keyring } from '../wallet/keyring.js';
import { entropyFromWords, seedFromEntropy } from '../wallet/mnemonic.js';
import { decodePayload } from '../wallet/payload.js';
import { readText } from './input.js';
import { writeWallet } from './wallet-file.js';

const KEY_FILE_BYTES_MAX = 1 << 20;

/**
 * Makes the words a wallet again, under a new passphrase; or finds that they are the wallet that is here, cut off
 * before its books were restored. Never over another wallet. `ask(twice)` gives the passphrase, which is returned.
 */
export async function restoreKeyFile(
  path: string,
  words: string,
  ask: (twice: boolean) => Promise<string>,
): Promise<string> {
  const entropy = entropyFromWords(words);
  if (!existsSync(path)) {
    const passphrase = await ask(true);
    const address = formatAddress(new Keyring(seedFromEntropy(entropy)).mainAddress());
    await writeWallet(path, { entropy, words, address }, passphrase);
    return passphrase;
  }
  const passphrase = await ask(false);
  const here = decodePayload(await openKeyFile(await readText(path, KEY_FILE_BYTES_MAX), passphrase));
  if (equal(here.entropy, entropy)) return passphrase;
  throw new Failure('failure', `there is another wallet already: ${path}`, 'give --home another directory');
}
