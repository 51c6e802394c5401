import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EncodeSecret, encodeFile } from '../src/lib/codec/encode.js';
import { writeAll } from '../src/lib/store/files.js';
import { encodeOnWorkers } from '../src/lib/workers/encode.js';
import { median, print } from './measure.js';
import { RawThreads, rateOf } from './raw.js';

/**
 * A file, in the page cache, to ten share files, not synced. The limit is what must be hashed and encrypted, spread
 * evenly over all cores: a byte is hashed for its key, in the ciphertext, in its segment, and in 10/3 bytes of blocks.
 */
const RUNS = 5;
const SIZE = 256 << 20;
const PARAMS = { needed: 3, happy: 7, total: 10 };
const BLOCKS = PARAMS.total / PARAMS.needed;

type Way = { name: string; hashed: number; secret: EncodeSecret; threads: boolean };

const WAYS: Way[] = [
  { name: 'convergent', hashed: 3 + BLOCKS, secret: { convergence: randomBytes(32) }, threads: true },
  { name: 'key', hashed: 2 + BLOCKS, secret: { key: randomBytes(16) }, threads: true },
  { name: 'one thread', hashed: 3 + BLOCKS, secret: { convergence: randomBytes(32) }, threads: false },
];

async function encode(source: FileHandle, shares: FileHandle[], { secret, threads }: Way): Promise<void> {
  if (threads) {
    const file = { fd: source.fd, size: SIZE };
    await encodeOnWorkers(file, PARAMS, secret, (share) => ({ fd: shares[share]!.fd, start: 0 }));
    return;
  }
  const read = async (offset: number, length: number) => {
    const bytes = new Uint8Array(length);
    await source.read(bytes, 0, length, offset);
    return bytes;
  };
  await encodeFile({ size: SIZE, read }, PARAMS, secret, (share) => ({
    write: (offset, bytes) => writeAll(shares[share]!, bytes, offset),
  }));
}

/** Into new files each time, as a file is put. */
async function intoShares(folder: string, work: (shares: FileHandle[]) => Promise<unknown>): Promise<number> {
  const names = Array.from({ length: PARAMS.total }, (_, share) => join(folder, String(share)));
  const shares = await Promise.all(names.map((name) => open(name, 'w+')));
  try {
    return await rateOf(SIZE, () => work(shares));
  } finally {
    await Promise.all(shares.map((share) => share.close()));
    await Promise.all(names.map((name) => rm(name)));
  }
}

const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
const source = await open(join(folder, 'file'), 'w+');
const raw = new RawThreads();
try {
  for (let at = 0; at < SIZE; at += 16 << 20) await writeAll(source, randomBytes(16 << 20), at);
  const results = WAYS.map(() => ({ rates: [] as number[], limits: [] as number[], ratios: [] as number[] }));
  for (let run = 0; run <= RUNS; run++) {
    for (const [index, way] of WAYS.entries()) {
      const sha256 = await raw.rate('sha256', 4 * SIZE);
      const aes = await raw.rate('aes-128-ctr', 4 * SIZE);
      const rate = await intoShares(folder, (shares) => encode(source, shares, way));
      // The first run starts the threads.
      if (run === 0) continue;
      const limit = 1 / (way.hashed / sha256 + 1 / aes);
      results[index]!.rates.push(rate);
      results[index]!.limits.push(limit);
      results[index]!.ratios.push(rate / limit);
    }
  }
  for (const [index, { rates, limits, ratios }] of results.entries()) {
    const [rate, limit, ratio] = [median(rates), median(limits), median(ratios)];
    print({ type: 'bench', bench: 'encode', way: WAYS[index]!.name, encode_mb_s: rate, limit_mb_s: limit, ratio });
  }
} finally {
  await raw.end();
  await source.close();
  await rm(folder, { recursive: true });
}
