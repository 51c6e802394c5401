import type { BlobToAnswer } from './answering.js';
import type { Extent } from './files.js';
import type { Outcome } from './outcome.js';
import { onThread } from './threads.js';

/** SHA-256 of a file's bytes, 32 bytes: a blob's UUID. Throws Failure('temporary') where the file is shorter. */
export function hashFile(extent: Extent): Promise<Uint8Array> {
  return onThread('hash', { extent });
}

/** What blobs answer to challenges, by one thread, which opens them: of each what `settle` (outcome.ts) takes. */
export function answersOnWorker(blobs: readonly BlobToAnswer[]): Promise<Outcome[]> {
  return onThread('answers', { blobs });
}
