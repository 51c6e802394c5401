import { ROOM_EACH, type SignatureBatch, type SignatureVerifier } from '../crypto/signatures.js';
import { invariant } from '../util/errors.js';
import { Pool, threadsHere } from './pool.js';
import { Counters } from './shared.js';
import { COUNTERS, ENDED, FULL, GROUP, HEAD_BYTES, SIGNATURE_BYTES, type VerifyJob, verifyPart } from './verifying.js';

/** Fewer are verified before a thread has woken up. */
const FEW = 4 * GROUP;
/** Longer than from one block to the next, as a rule: a thread that starts takes the time of a thousand signatures. */
const IDLE_MS = 60_000;

/** Threads of their own: a block does not wait for a long file to be encoded. */
const pool = new Pool(new URL('./verify.worker.js', import.meta.url), threadsHere(), IDLE_MS);

/** Over all cores, a few hundred on, while the caller goes on. */
export const verifyOnWorkers: SignatureVerifier = (room) => new Batch(pool, room);

/** As `verifyOnWorkers`, on threads of one's own. */
export function verifierOn(threads: Pool): SignatureVerifier {
  return (room) => new Batch(threads, room);
}

class Batch implements SignatureBatch {
  readonly #counters = Counters.of(COUNTERS);
  readonly #job: VerifyJob;
  readonly #records: Uint8Array;
  readonly #ends: Uint32Array;
  /** Added, but no signature at all. */
  readonly #malformed: number[] = [];
  /** In the order of adding, which numbers went to the threads: those that are well-formed. */
  readonly #numbers: number[] = [];
  #added = 0;
  #end = 0;
  #parts: Promise<number[][]> | undefined;

  constructor(
    private readonly threads: Pool,
    room: number,
  ) {
    this.#job = {
      counters: this.#counters.memory,
      records: new SharedArrayBuffer(room),
      ends: new SharedArrayBuffer(4 * (Math.floor(room / ROOM_EACH) + 2)),
    };
    this.#records = new Uint8Array(this.#job.records);
    this.#ends = new Uint32Array(this.#job.ends);
  }

  add(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): void {
    const number = this.#added++;
    if (signature.length !== SIGNATURE_BYTES || publicKey.length !== HEAD_BYTES - SIGNATURE_BYTES) {
      this.#malformed.push(number);
      return;
    }
    const start = this.#end;
    const count = this.#numbers.push(number);
    this.#end += HEAD_BYTES + message.length;
    invariant(this.#end <= this.#records.length && count + 1 < this.#ends.length, 'more signatures than there is room');
    this.#records.set(signature, start);
    this.#records.set(publicKey, start + SIGNATURE_BYTES);
    this.#records.set(message, start + HEAD_BYTES);
    this.#ends[count] = this.#end;
    if (count % GROUP !== 0) return;
    this.#counters.next(FULL);
    if (count >= FEW) this.#parts ??= this.#start();
  }

  #start(): Promise<number[][]> {
    const jobs = Array.from({ length: this.threads.size }, () => this.#job);
    const parts = this.threads.gang(jobs, () => this.#counters.stop()) as Promise<number[][]>;
    // Whoever drops the batch hears of no thread that died.
    parts.catch(() => undefined);
    return parts;
  }

  async bad(): Promise<number[]> {
    this.#ends[0] = this.#numbers.length;
    this.#counters.next(ENDED);
    const parts = this.#parts ? await this.#parts : [verifyPart(this.#job)];
    const bad = parts.flat().map((index) => this.#numbers[index]!);
    return [...this.#malformed, ...bad].sort((a, b) => a - b);
  }

  drop(): void {
    this.#counters.stop();
  }
}
