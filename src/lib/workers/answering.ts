import { closeSync, constants, openSync } from 'node:fs';
import { type Answer, createChallenge } from '../bounty/challenge.js';
import { Failure, fromSystemError } from '../util/errors.js';
import { pieces } from './files.js';
import { type Outcome, outcomeOf } from './outcome.js';

/** A blob that the thread opens itself: for a small one that takes a fifth of what it costs to open it for a thread. */
export interface BlobToAnswer {
  nonce: Uint8Array;
  path: string;
  start: number;
  size: number;
  /** false: another program's file, where a link is not followed and a pipe not waited for. */
  own: boolean;
}

/** Each blob's answer, or why there is none: one that cannot be read costs the others nothing. */
export function answerBlobs({ blobs }: { blobs: readonly BlobToAnswer[] }): Outcome[] {
  return blobs.map((blob) => {
    try {
      return { value: answerBlob(blob) };
    } catch (error) {
      return outcomeOf(error);
    }
  });
}

const FOREIGN = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

function answerBlob({ nonce, path, start, size, own }: BlobToAnswer): Answer {
  const fd = opened(path, own ? constants.O_RDONLY : FOREIGN);
  try {
    const challenge = createChallenge(nonce, size);
    for (const piece of pieces({ fd, start, size })) challenge.update(piece);
    return challenge.finish();
  } finally {
    closeSync(fd);
  }
}

function opened(path: string, flags: number): number {
  try {
    return openSync(path, flags);
  } catch (error) {
    // It was found a moment ago: moved, or its disk has gone.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new Failure('temporary', `${path} is not there any more`);
    throw fromSystemError(error, 'reading a blob');
  }
}
