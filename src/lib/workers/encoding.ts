import { ShareAssembler } from '../codec/assembler.js';
import { encryptor } from '../codec/cipher.js';
import { ContentWatch, type EncodedFile, type EncodeSecret, encodedFile } from '../codec/encode.js';
import { crypttextHasher } from '../codec/hashutil.js';
import { SegmentCoder } from '../codec/segment.js';
import { packUeb } from '../codec/ueb.js';
import { PIECE_BYTES, readFully } from './files.js';
import { keyOfExtent } from './hashing.js';
import { type OutputSink, type Outputs, sinksOf } from './outputs.js';
import { type RunPlan, RunRing } from './runs.js';

/** One thread's part of encoding a file. */
export interface EncodeJob {
  member: number;
  fd: number;
  secret: EncodeSecret;
  outputs: Outputs;
  plan: RunPlan;
  counters: SharedArrayBuffer;
}

/**
 * The first thread makes the ciphertext, which is sequential (its hash is over the whole file), and helps with the
 * rest while the ring is full; the others turn ciphertext into blocks. Writes are not in order, and the headers come
 * last.
 */
export async function encodePart(job: EncodeJob): Promise<EncodedFile | undefined> {
  const ring = new RunRing(job.plan);
  const sinks = sinksOf(job.outputs);
  const blocks = new BlockMaker(ring, sinks);
  if (job.member === 0) return lead(job, ring, blocks, sinks);
  for (let run = ring.take(); run !== undefined; run = ring.take()) blocks.make(run);
  return undefined;
}

class BlockMaker {
  readonly #coder: SegmentCoder;

  constructor(
    private readonly ring: RunRing,
    private readonly sinks: readonly (OutputSink | undefined)[],
  ) {
    this.#coder = new SegmentCoder(ring.plan.shape);
  }

  make(run: number): void {
    for (const { index, ciphertext, hashes } of this.ring.segments(run)) {
      const made = this.#coder.encode(index, ciphertext, (share, offset, bytes) => {
        this.sinks[share]?.put(offset, bytes);
      });
      hashes.crypttext.set(made.crypttext);
      hashes.blocks.set(made.blocks);
    }
    this.ring.finish(run);
  }
}

async function lead(
  { fd, secret }: EncodeJob,
  ring: RunRing,
  blocks: BlockMaker,
  sinks: readonly (OutputSink | undefined)[],
): Promise<EncodedFile> {
  const { shape, runs, slots } = ring.plan;
  const extent = { fd, start: 0, size: shape.size };
  const key = 'key' in secret ? secret.key : keyOfExtent({ extent, shape, convergence: secret.convergence });
  const maker = new CiphertextMaker(fd, key, new ContentWatch(shape, key, secret));
  const assembler = new ShareAssembler(shape, (share) => sinks[share]);
  let filled = 0;
  for (let collected = 0; collected < runs; ) {
    if (collected < filled && ring.isDone(collected)) {
      for (const { index, hashes } of ring.segments(collected)) await assembler.add(index, hashes);
      collected += 1;
    } else if (filled < runs && filled - collected < slots) {
      maker.fill(ring.ciphertext(filled), ring.start(filled));
      ring.filled();
      filled += 1;
    } else {
      const run = ring.tryTake();
      if (run === undefined) ring.untilDone(collected);
      else blocks.make(run);
    }
  }
  const ueb = packUeb(shape, await assembler.seal(maker.finish()));
  await assembler.close(ueb);
  return encodedFile(shape, key, ueb);
}

/** Reads, encrypts and hashes a file from its start to its end. */
class CiphertextMaker {
  readonly #encrypt: (bytes: Uint8Array) => Uint8Array;
  readonly #hash = crypttextHasher();
  readonly #piece = new Uint8Array(PIECE_BYTES);

  constructor(
    private readonly fd: number,
    key: Uint8Array,
    private readonly watch: ContentWatch,
  ) {
    this.#encrypt = encryptor(key);
  }

  fill(into: Uint8Array, position: number): void {
    for (let at = 0; at < into.length; at += PIECE_BYTES) {
      const plaintext = this.#piece.subarray(0, Math.min(PIECE_BYTES, into.length - at));
      readFully(this.fd, plaintext, position + at);
      this.watch.update(plaintext);
      const ciphertext = this.#encrypt(plaintext);
      this.#hash.update(ciphertext);
      into.set(ciphertext, at);
    }
  }

  /** The hash of all ciphertext. Throws Failure('temporary') where the file is not the one that the key came from. */
  finish(): Uint8Array {
    this.watch.finish();
    return this.#hash.digest();
  }
}
