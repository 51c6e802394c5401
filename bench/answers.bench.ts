import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnswerQueue, type Asked } from '../src/lib/node/answer-queue.js';
import { threadsHere } from '../src/lib/workers/pool.js';
import { median, print } from './measure.js';
import { RawThreads, rateOf } from './raw.js';

/**
 * Answering a steward's challenges, against reading the same files with nothing done to them, and against raw
 * SHA-256 on all cores: alternating runs, with the files in memory, and again after the system was told to forget them
 * (dd's nocache), when the disk decides.
 */
const RUNS = 7;
const SETS = { large: { count: 24, size: 16 << 20 }, small: { count: 3000, size: 64 << 10 } };

const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
const raw = new RawThreads();

function placeOf(path: string, size: number) {
  return { uuid: path, path, start: 0, size, root: folder, writable: true };
}

/** Of all, as many files at once as there are threads. */
async function readAll(paths: readonly string[]): Promise<void> {
  const left = [...paths];
  const reader = async () => {
    const into = Buffer.allocUnsafeSlow(1 << 20);
    for (let path = left.pop(); path; path = left.pop()) {
      const handle = await open(path, 'r');
      while ((await handle.read(into, 0, into.length)).bytesRead > 0);
      await handle.close();
    }
  };
  await Promise.all(Array.from({ length: threadsHere() }, reader));
}

function forget(paths: readonly string[]): void {
  for (const path of paths)
    execFileSync('dd', [`of=${path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none']);
}

async function measure(set: keyof typeof SETS, cold: boolean): Promise<void> {
  const { count, size } = SETS[set];
  const bytes = count * size;
  const paths = Array.from({ length: count }, (_, i) => join(folder, `${set}-${i}`));
  for (const path of paths) await writeFile(path, randomBytes(size));
  const queue = new AnswerQueue({ slot: () => 0, slotMs: 1000 });
  const questions = paths.map((path, i): Asked => {
    const parts = [{ nonce: randomBytes(32), place: placeOf(path, size) }];
    return { id: path, amount: BigInt(i), bytes: size, deadlineSlot: 1000 + i, parts };
  });
  const rates = { sha256: [] as number[], read: [] as number[], answered: [] as number[] };
  for (let run = 0; run <= RUNS; run++) {
    const sha256 = await raw.rate('sha256', bytes);
    if (cold) forget(paths);
    const read = await rateOf(bytes, () => readAll(paths));
    if (cold) forget(paths);
    const answered = await rateOf(bytes, () => Promise.all(queue.ask(questions)));
    // The first run starts the threads.
    if (run === 0) continue;
    rates.sha256.push(sha256);
    rates.read.push(read);
    rates.answered.push(answered);
  }
  print({
    ...{ type: 'bench', bench: 'answers', set, files: cold ? 'on disk' : 'in memory', blobs: count, bytes: size },
    ...{ read_mb_s: median(rates.read), sha256_mb_s: median(rates.sha256), answer_mb_s: median(rates.answered) },
    ratio_to_read: median(rates.answered.map((rate, run) => rate / rates.read[run]!)),
    ratio_to_sha256: median(rates.answered.map((rate, run) => rate / rates.sha256[run]!)),
  });
  for (const path of paths) await rm(path);
}

try {
  for (const set of Object.keys(SETS) as (keyof typeof SETS)[])
    for (const cold of [false, true]) await measure(set, cold);
} finally {
  await raw.end();
  await rm(folder, { recursive: true });
}
