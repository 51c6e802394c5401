import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import type { RawWork } from './raw.js';

const piece = randomBytes(64 * 1024);

/** Nothing but the work itself, on a piece that stays in the processor's cache. */
parentPort!.on('message', ({ work, bytes }: RawWork) => {
  const hash = createHash('sha256');
  const cipher = createCipheriv('aes-128-ctr', randomBytes(16), new Uint8Array(16));
  for (let done = 0; done < bytes; done += piece.length) {
    if (work === 'sha256') hash.update(piece);
    else cipher.update(piece);
  }
  parentPort!.postMessage('done');
});
