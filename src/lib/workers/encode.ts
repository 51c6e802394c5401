import { randomBytes } from 'node:crypto';
import { type EncodedFile, type EncodeParams, type EncodeSecret, encodeFile } from '../codec/encode.js';
import { isWide } from '../codec/holding.js';
import { KEY_BYTES } from '../codec/keys.js';
import { checkParams } from '../codec/params.js';
import { type Shape, shapeFor } from '../codec/shape.js';
import type { ByteSource } from '../codec/source.js';
import { Failure } from '../util/errors.js';
import type { EncodeJob } from './encoding.js';
import { readFully } from './files.js';
import { markBook } from './marks.js';
import { type Output, type Outputs, sinksOf } from './outputs.js';
import { threadsHere } from './pool.js';
import { Progress, planRuns, type Room } from './runs.js';
import { onThread, onThreads } from './threads.js';

export type { Output } from './outputs.js';

/** Below this a file is encoded before threads have started. */
const SMALL_BYTES = 4 << 20;

/** A whole file, open for reading until the job has settled. */
export interface OpenFile {
  fd: number;
  size: number;
}

/**
 * Encodes a file over all cores, to the same bytes as codec's `encodeFile`. Reads it twice where the key comes from
 * its content, else once. What was written to the outputs counts only once this returns; their files, too, stay
 * open until it settles.
 *
 * @param outputFor asked once a share; undefined skips writing that share, not its hashes
 * @throws Failure('usage') for impossible parameters; Failure('temporary') if the file changed meanwhile;
 *   Failure('disk-full')
 */
export async function encodeOnWorkers(
  file: OpenFile,
  params: EncodeParams,
  secret: EncodeSecret,
  outputFor: (share: number) => Output | undefined,
): Promise<EncodedFile> {
  checkParams(params);
  const outputs = Array.from({ length: params.total }, (_, share) => outputFor(share));
  if (file.size < SMALL_BYTES) return encodeHere(file, params, secret, outputs);
  const shape = shapeFor(params, file.size);
  // What is too large to hold is too large to hand over.
  if (isWide(shape, 0)) return encodeHere(file, params, secret, outputs);
  return encodeOnThreads(file.fd, shape, secret, outputs, { threads: threadsHere() });
}

/** As `encodeOnWorkers`, however small the file. */
export async function encodeOnThreads(
  fd: number,
  shape: Shape,
  secret: EncodeSecret,
  outputs: Outputs,
  room: Room,
): Promise<EncodedFile> {
  if ('key' in secret && secret.key.length !== KEY_BYTES) throw new Failure('usage', `a key is ${KEY_BYTES} bytes`);
  const plan = planRuns(shape, room);
  const counters = Progress.memory(plan);
  const marks = markBook(plan.runs, randomBytes(16));
  const jobs = Array.from({ length: plan.members }, (_, member): EncodeJob => {
    return { member, fd, secret, marks, outputs, plan, counters };
  });
  const [made] = await onThreads('encode', jobs);
  return made!;
}

async function encodeHere(file: OpenFile, params: EncodeParams, secret: EncodeSecret, outputs: Outputs) {
  const sinks = sinksOf(outputs);
  return encodeFile(sourceOf(file), params, secret, (share) => sinks[share]);
}

/** The key that a file of more than 55 bytes has by its content. Throws Failure('usage'). */
export async function convergenceKeyOnWorker(
  { fd, size }: OpenFile,
  params: EncodeParams,
  convergence: Uint8Array,
): Promise<Uint8Array> {
  return onThread('key', { extent: { fd, start: 0, size }, shape: shapeFor(params, size), convergence });
}

function sourceOf({ fd, size }: OpenFile): ByteSource {
  return {
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      readFully(fd, bytes, offset);
      return bytes;
    },
  };
}
