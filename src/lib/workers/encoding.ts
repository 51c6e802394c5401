import { ShareAssembler } from '../codec/assembler.js';
import { type EncodedFile, type EncodeSecret, encodedFile } from '../codec/encode.js';
import { SegmentCoder } from '../codec/segment.js';
import { segmentLength } from '../codec/shape.js';
import { packUeb } from '../codec/ueb.js';
import { type MarkBook, Marks } from './marks.js';
import { type OutputSink, type Outputs, sinksOf } from './outputs.js';
import { FirstPass, SecondPass } from './passes.js';
import { Progress } from './progress.js';
import { type RunPlan, RunRing } from './runs.js';

/** One thread's part of encoding a file. */
export interface EncodeJob {
  member: number;
  fd: number;
  secret: EncodeSecret;
  marks: MarkBook;
  outputs: Outputs;
  plan: RunPlan;
  counters: SharedArrayBuffer;
}

/**
 * The first thread makes the ciphertext, and helps with the rest while the ring is full; the others turn ciphertext
 * into blocks, whichever is next. Writes come in any order; the headers come last, from the first thread, which
 * returns the file.
 */
export async function encodePart(job: EncodeJob): Promise<EncodedFile | undefined> {
  return job.member === 0 ? new Encoding(job).lead() : new Encoding(job).help();
}

class Encoding {
  readonly #ring: RunRing;
  readonly #progress: Progress;
  readonly #sinks: readonly (OutputSink | undefined)[];
  readonly #coder: SegmentCoder;
  readonly #marks: Marks;
  /** A run, in memory that is not shared: what computes with it then works on plain memory. */
  readonly #run: Uint8Array;

  constructor(private readonly job: EncodeJob) {
    const { plan } = job;
    this.#ring = new RunRing(plan);
    this.#progress = new Progress(job.counters, plan);
    this.#sinks = sinksOf(job.outputs);
    this.#coder = new SegmentCoder(plan.shape);
    this.#marks = new Marks(job.marks);
    this.#run = new Uint8Array(plan.segments * plan.shape.segmentSize);
  }

  async lead(): Promise<EncodedFile> {
    const { secret, fd, plan } = this.job;
    const { shape } = plan;
    const key = 'key' in secret ? secret.key : this.#firstPass().key(secret.convergence, plan.members === 1);
    const pass = new SecondPass(fd, this.#ring, key, 'key' in secret ? undefined : this.#marks);
    const assembler = new ShareAssembler(shape, (share) => this.#sinks[share]);
    await this.#secondPass(pass, assembler);
    const ueb = packUeb(shape, await assembler.seal(pass.hash()));
    await assembler.close(ueb);
    return encodedFile(shape, key, ueb);
  }

  help(): undefined {
    const { secret, member } = this.job;
    if ('convergence' in secret && member === 1) this.#firstPass().read();
    for (let run = this.#progress.take(); run !== undefined; run = this.#progress.take()) this.#blocks(run);
  }

  #firstPass(): FirstPass {
    return new FirstPass(this.job.fd, this.#ring, this.#progress, this.#marks);
  }

  async #secondPass(pass: SecondPass, assembler: ShareAssembler): Promise<void> {
    const { runs, slots } = this.job.plan;
    let filled = 0;
    for (let collected = 0; collected < runs; ) {
      if (collected < filled && this.#progress.isDone(collected)) {
        for (const index of this.#ring.segments(collected)) {
          await assembler.add(index, this.#ring.hashes(collected, index));
        }
        collected += 1;
      } else if (filled < runs && filled - collected < slots) {
        pass.fill(filled);
        this.#progress.filled();
        filled += 1;
      } else {
        const run = this.#progress.tryTake();
        if (run === undefined) this.#progress.untilDone(collected);
        else this.#blocks(run);
      }
    }
  }

  /** A run's blocks, written, and its hashes, beside it in the ring. */
  #blocks(run: number): void {
    const { shape } = this.job.plan;
    this.#run.set(this.#ring.bytes(run));
    let at = 0;
    for (const index of this.#ring.segments(run)) {
      const ciphertext = this.#run.subarray(at, at + segmentLength(shape, index));
      const made = this.#coder.encode(index, ciphertext, (share, offset, bytes) => {
        this.#sinks[share]?.put(offset, bytes);
      });
      const hashes = this.#ring.hashes(run, index);
      hashes.crypttext.set(made.crypttext);
      hashes.blocks.set(made.blocks);
      at += ciphertext.length;
    }
    this.#progress.done(run);
  }
}
