import { createHash, randomBytes } from 'node:crypto';
import { createChallenge } from '../src/lib/bounty/challenge.js';
import { median, print } from './measure.js';

/** An answer costs one pass of SHA-256 over the blob: how near to that it comes, in alternating runs. */
const RUNS = 15;
const CHUNK = randomBytes(1 << 20);
const CHUNKS = 64;
const nonce = randomBytes(32);

function raw(): void {
  const hash = createHash('sha256');
  for (let index = 0; index < CHUNKS; index++) hash.update(CHUNK);
  hash.digest();
}

function answered(): void {
  const challenge = createChallenge(nonce, CHUNKS * CHUNK.length);
  for (let index = 0; index < CHUNKS; index++) challenge.update(CHUNK);
  challenge.finish();
}

function milliseconds(work: () => void): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

const times = { raw: [] as number[], answered: [] as number[] };
for (let index = 0; index < RUNS; index++) {
  times.raw.push(milliseconds(raw));
  times.answered.push(milliseconds(answered));
}
const rate = (ms: number) => (CHUNKS * CHUNK.length) / 1e6 / (ms / 1e3);
const [sha256, answers] = [rate(median(times.raw)), rate(median(times.answered))];
print({ type: 'bench', bench: 'challenge', sha256_mb_s: sha256, answer_mb_s: answers, ratio: answers / sha256 });
