import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RootRecord } from '../rpc/records.js';
import type { BlobCheck } from '../rpc/results.js';
import type { OpenBlob } from '../store/blobs-open.js';
import { Failure, isFailure } from '../util/errors.js';
import type { Context } from './context.js';
import { rootRecord } from './roots.js';
import { expectedHere } from './roots-owner.js';

/** What may be read at once after a pause: a tenth of a second's worth. */
const BURST = 1 / 10;

/** Bounds a rate over wall time: whoever takes more than there is waits until it is. */
export class TokenBucket {
  private level: number;
  private last: number;

  /** `rate`: bytes a second. Time in milliseconds, of a clock that is never set. */
  constructor(
    private readonly rate: number,
    private readonly now: () => number,
    private readonly wait: (ms: number) => Promise<void>,
  ) {
    this.level = rate * BURST;
    this.last = now();
  }

  async take(bytes: number): Promise<void> {
    const now = this.now();
    this.level = Math.min(this.rate * BURST, this.level + ((now - this.last) / 1000) * this.rate);
    this.last = now;
    this.level -= bytes;
    if (this.level < 0) await this.wait((-this.level / this.rate) * 1000);
  }
}

/**
 * Reads every blob that is here, at `rate` bytes a second (0: as fast as it goes), and gives a verdict
 * each; then those that should be here and are not; then the roots that are not there, whose blobs
 * nobody could read. Throws at the end where a folder could not be read.
 */
export async function* scrub(
  context: Pick<Context, 'blobs' | 'books'>,
  rate: number,
  signal: AbortSignal,
): AsyncGenerator<BlobCheck | RootRecord> {
  const { blobs, books } = context;
  const wait = async (ms: number) => void (await sleep(ms, undefined, { signal }));
  const bucket = rate === 0 ? undefined : new TokenBucket(rate, () => performance.now(), wait);
  const hasher = async (blob: OpenBlob) => {
    const hash = createHash('sha256');
    for await (const chunk of blob.stream()) {
      signal.throwIfAborted();
      await bucket?.take(chunk.length);
      hash.update(chunk);
    }
    return hash.digest('hex');
  };
  const bad = new Set<string>();
  let trouble: Failure | undefined;
  try {
    for await (const place of blobs.entries()) {
      signal.throwIfAborted();
      const verdict = await blobs.checker.checkPlace(place, hasher);
      if (verdict?.good === false) bad.add(place.uuid);
      if (verdict) yield { uuid: place.uuid, ...verdict };
    }
  } catch (error) {
    if (signal.aborted) throw new Failure('temporary', 'the check was cut off');
    if (!isFailure(error)) throw error;
    trouble = error;
  }
  for await (const uuid of expectedHere(books)) {
    const { place, missing } = await blobs.seek(uuid);
    if (!place && !missing && !bad.has(uuid)) yield { uuid, ...(await blobs.check(uuid)) };
  }
  for (const view of await blobs.roots.views()) if (view.state === 'missing') yield rootRecord(view);
  if (trouble) throw trouble;
}
