import { bech32m } from '@scure/base';
import { Failure, invariant } from '../util/errors.js';

const PREFIX = 'hf';
/** hf, the separator, 52 symbols for 32 bytes, 6 for the checksum. */
const LENGTH = PREFIX.length + 1 + 52 + 6;

/** A public key as people see it: bech32m (BIP350), "hf1…", 61 characters. */
export function formatAddress(publicKey: Uint8Array): string {
  invariant(publicKey.length === 32, 'an address is 32 bytes');
  return bech32m.encodeFromBytes(PREFIX, publicKey);
}

/** The 32 bytes of an address; a usage Failure for anything else. All upper case is fine, mixed is not. */
export function parseAddress(text: string): Uint8Array {
  if (text.length === LENGTH) {
    try {
      const { prefix, bytes } = bech32m.decodeToBytes(text);
      if (prefix === PREFIX && bytes.length === 32) return bytes;
    } catch {
      // One message for every way an address can be wrong.
    }
  }
  throw new Failure('usage', `not an address: ${JSON.stringify(text.slice(0, 80))}`, 'an address begins with hf1');
}
