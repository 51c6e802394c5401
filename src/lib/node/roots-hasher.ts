import type { OpenBlob } from '../store/blobs-open.js';
import { toHex } from '../util/bytes.js';
import { hashFile } from '../workers/hash.js';

/** Below this a thread costs more than the hash. */
const THREAD_BYTES_MIN = 1024 * 1024;

/** A blob's SHA-256, hex; of a large one on a thread, so that blocks are added and peers answered meanwhile. */
export async function hashOffThread(blob: OpenBlob): Promise<string> {
  return blob.size < THREAD_BYTES_MIN ? blob.hash() : toHex(await hashFile(blob.extent));
}
