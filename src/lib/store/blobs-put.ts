import { createHash } from 'node:crypto';
import { Failure, fromSystemError } from '../util/errors.js';
import type { BlobDraft } from './blobs-draft.js';

/** What was stored, and is not booked yet: release it once it is, or never will be. */
export interface Stored {
  uuid: string;
  size: number;
  release(): Promise<void>;
}

/** Stores a stream; with `expected`, only bytes of that UUID and size are kept. */
export async function putStream(
  store: { draft(expected?: number): Promise<BlobDraft> },
  body: AsyncIterable<Uint8Array>,
  expected?: { uuid: string; size: number },
): Promise<Stored> {
  const draft = await store.draft(expected?.size);
  try {
    const hash = createHash('sha256');
    for await (const chunk of body) {
      if (expected && draft.size + chunk.length > expected.size)
        throw new Failure('failure', 'more bytes came than were announced');
      hash.update(chunk);
      await draft.write(draft.size, chunk);
    }
    const uuid = hash.digest('hex');
    if (expected && (uuid !== expected.uuid || draft.size !== expected.size)) {
      throw new Failure('failure', 'the bytes that came are not the blob that was announced');
    }
    await draft.keep(uuid);
    return { uuid, size: draft.size, release: () => draft.discard() };
  } catch (error) {
    await draft.discard();
    throw fromSystemError(error, 'storing a blob');
  }
}
