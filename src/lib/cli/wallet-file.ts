import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatAddress } from '../crypto/address.js';
import { sealKeyFile } from '../crypto/keyfile.js';
import { syncFolder, writeAll, writeFileDurably } from '../store/files.js';
import { Failure, fromSystemError } from '../util/errors.js';
import { Keyring } from '../wallet/keyring.js';
import { newWords, seedFromEntropy } from '../wallet/mnemonic.js';
import { encodePayload } from '../wallet/payload.js';

export interface NewWallet {
  entropy: Uint8Array;
  /** 24 of them. */
  words: string;
  address: string;
}

/**
 * A wallet that exists in memory only. Refuses where it could not be kept: a wallet that is there
 * already, or nowhere to put the words.
 */
export function newWallet(path: string, options: { wordsFile: string | undefined }): NewWallet {
  if (existsSync(path)) throw taken(path);
  if (options.wordsFile === undefined && !process.stderr.isTTY) {
    throw new Failure('usage', 'there is no terminal to show the words on', 'give --words-file FILE');
  }
  if (options.wordsFile !== undefined && existsSync(options.wordsFile)) {
    throw new Failure('failure', `${options.wordsFile} exists already`, 'take another name');
  }
  const entropy = new Uint8Array(randomBytes(32));
  const address = formatAddress(new Keyring(seedFromEntropy(entropy)).mainAddress());
  return { entropy, words: newWords(entropy), address };
}

/** Never over another wallet: its name is given by `link`, which fails where the name is taken. */
export async function writeWallet(path: string, wallet: NewWallet, passphrase: string): Promise<void> {
  const payload = encodePayload({ entropy: wallet.entropy, createdMs: Date.now() });
  const random = { salt: new Uint8Array(randomBytes(16)), nonce: new Uint8Array(randomBytes(24)) };
  const text = await sealKeyFile(payload, passphrase, random);
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFileDurably(temporary, text);
    await link(temporary, path);
    await rm(temporary);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw taken(path);
    throw fromSystemError(error, `cannot write ${path}`);
  }
}

/** Whoever reads it has the wallet. */
export async function writeWords(path: string, words: string): Promise<void> {
  try {
    const handle = await open(path, 'wx', 0o600);
    try {
      await writeAll(handle, Buffer.from(`${words}\n`));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await syncFolder(dirname(path));
  } catch (error) {
    throw fromSystemError(error, `cannot write ${path}`);
  }
}

function taken(path: string): Failure {
  return new Failure(
    'failure',
    `there is a wallet already: ${path}`,
    'give --home another directory, or keep this one',
  );
}
