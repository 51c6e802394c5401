import { verifySignature } from '../crypto/ed25519.js';
import { Counters } from './shared.js';

/** Signatures that a thread takes at a time. */
export const GROUP = 64;
/** Groups that are full, groups that were taken, and whether no more will come. */
export const FULL = 0;
const TAKEN = 1;
export const ENDED = 2;
export const COUNTERS = 3;

export const SIGNATURE_BYTES = 64;
export const HEAD_BYTES = 96;

/** One thread's part in verifying a batch, which grows meanwhile. */
export interface VerifyJob {
  counters: SharedArrayBuffer;
  /** Signature, public key, message, one after the other. */
  records: SharedArrayBuffer;
  /** u32 each: where a record ends; the first entry is how many there are once no more will come. */
  ends: SharedArrayBuffer;
}

/** The numbers of the bad ones among those that this thread takes, until no more will come. */
export function verifyPart(job: VerifyJob): number[] {
  const counters = new Counters(job.counters);
  const ends = new Uint32Array(job.ends);
  const records = new Uint8Array(job.records);
  const endBefore = (index: number) => (index === 0 ? 0 : ends[index]!);
  const bad: number[] = [];
  for (let group = take(counters); group !== undefined; group = take(counters)) {
    const first = group * GROUP;
    const next = counters.get(FULL) > group ? first + GROUP : ends[0]!;
    const start = endBefore(first);
    // Into memory that is not shared, where what is checked is what is verified.
    const bytes = records.slice(start, endBefore(next));
    for (let index = first; index < next; index++) {
      if (!isGood(bytes.subarray(endBefore(index) - start, ends[index + 1]! - start))) bad.push(index);
    }
  }
  return bad;
}

function isGood(record: Uint8Array): boolean {
  const publicKey = record.subarray(SIGNATURE_BYTES, HEAD_BYTES);
  return verifySignature(record.subarray(0, SIGNATURE_BYTES), record.subarray(HEAD_BYTES), publicKey);
}

/** The next group, full or, at the end, what is left; undefined: all is taken. Sleeps while there is none. */
function take(counters: Counters): number | undefined {
  for (;;) {
    const group = counters.get(TAKEN);
    counters.until(() => counters.get(FULL) > group || counters.get(ENDED) > 0);
    // The group after the last full one is what is left.
    if (group > counters.get(FULL)) return undefined;
    if (counters.claim(TAKEN, group)) return group;
  }
}
