import type { Answer } from '../bounty/challenge.js';
import type { Extent } from './files.js';
import { onThread } from './threads.js';

/** SHA-256 of a file's bytes, 32 bytes: a blob's UUID. Throws Failure('temporary') where the file is shorter. */
export function hashFile(extent: Extent): Promise<Uint8Array> {
  return onThread('hash', { extent });
}

/** The answer to a challenge (a nonce of 32 bytes) that a blob's bytes give. Throws as `hashFile` does. */
export function answerOnWorker(nonce: Uint8Array, extent: Extent): Promise<Answer> {
  return onThread('answer', { nonce, extent });
}
