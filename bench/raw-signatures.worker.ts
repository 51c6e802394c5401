import { parentPort } from 'node:worker_threads';
import sodium from 'sodium-native';

/** Signature, public key and a message of 32 bytes, one after the other. */
export const RECORD_BYTES = 128;

/** Nothing but libsodium. */
parentPort!.on('message', (records: Uint8Array) => {
  const own = records.slice();
  for (let at = 0; at < own.length; at += RECORD_BYTES) {
    const [signature, key] = [own.subarray(at, at + 64), own.subarray(at + 64, at + 96)];
    if (!sodium.crypto_sign_verify_detached(signature, own.subarray(at + 96, at + RECORD_BYTES), key)) {
      throw new Error('a bad signature');
    }
  }
  parentPort!.postMessage('done');
});
