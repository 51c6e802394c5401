import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dealOnWorkers } from '../src/lib/workers/deal.js';
import { median, print } from './measure.js';
import { RawThreads, rateOf } from './raw.js';

/** A deck of 24 hashes every byte of a blob 24 times: how near dealing comes to raw SHA-256 over all cores. */
const RUNS = 7;
const CARDS = 24;
const SIZE = 64 << 20;
const key = randomBytes(32);

const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
const handle = await open(join(folder, 'blob'), 'w+');
const raw = new RawThreads();
try {
  await handle.writeFile(randomBytes(SIZE));
  const hashed = CARDS * SIZE;
  const rates = { raw: [] as number[], dealt: [] as number[] };
  for (let run = 0; run <= RUNS; run++) {
    const limit = await raw.rate('sha256', hashed);
    const extent = { fd: handle.fd, start: 0, size: SIZE };
    const dealt = await rateOf(hashed, () => dealOnWorkers(extent, { key, dealSlot: run, count: CARDS }));
    // The first run starts the threads.
    if (run === 0) continue;
    rates.raw.push(limit);
    rates.dealt.push(dealt);
  }
  const [sha256, dealing] = [median(rates.raw), median(rates.dealt)];
  const ratio = median(rates.dealt.map((rate, run) => rate / rates.raw[run]!));
  print({ type: 'bench', bench: 'deal', cards: CARDS, sha256_mb_s: sha256, deal_mb_s: dealing, ratio });
} finally {
  await raw.end();
  await handle.close();
  await rm(folder, { recursive: true });
}
