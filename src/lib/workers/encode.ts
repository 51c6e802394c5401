import { randomBytes } from 'node:crypto';
import type { EncodedFile, EncodeParams, EncodeSecret } from '../codec/encode.js';
import { isWide } from '../codec/holding.js';
import { KEY_BYTES } from '../codec/keys.js';
import { checkParams } from '../codec/params.js';
import { type Shape, shapeFor } from '../codec/shape.js';
import { Failure } from '../util/errors.js';
import { type AloneJob, encodeAlone, type OpenFile } from './alone.js';
import type { EncodeJob } from './encoding.js';
import { markBook } from './marks.js';
import type { Output, Outputs } from './outputs.js';
import { threadsHere } from './pool.js';
import { Progress } from './progress.js';
import { planRuns, type Room } from './runs.js';
import { onThread, onThreads } from './threads.js';

export type { OpenFile } from './alone.js';
export type { Output } from './outputs.js';

/** Below this a file is encoded before threads have started. */
const SMALL_BYTES = 4 << 20;

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
  const alone: AloneJob = { file: { fd: file.fd, size: file.size }, params, secret, outputs };
  if (file.size < SMALL_BYTES) return encodeAlone(alone);
  const shape = shapeFor(params, file.size);
  // A segment too large to hold is too large to hand over.
  if (isWide(shape, 0)) return onThread('alone', alone);
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

/** The key that a file of more than 55 bytes has by its content. Throws Failure('usage'). */
export async function convergenceKeyOnWorker(
  { fd, size }: OpenFile,
  params: EncodeParams,
  convergence: Uint8Array,
): Promise<Uint8Array> {
  return onThread('key', { extent: { fd, start: 0, size }, shape: shapeFor(params, size), convergence });
}
