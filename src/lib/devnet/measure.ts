import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { RpcClient } from '../rpc/client.js';
import { Failure } from '../util/errors.js';
import { Devnet, type DevnetOptions } from './devnet.js';
import { type Measured, THROWAWAY_BITS, throwawayGenesis } from './genesis.js';

/** Blocks that are timed; the first few only warm the nodes up. */
const WARM_BLOCKS = 2;
const TIMED_BLOCKS = 10;
const PATIENCE_MS = 60_000;

/**
 * Measures the time of a hash on a throwaway chain of a miner and a follower, with every core kept busy
 * meanwhile, as a devnet's nodes will keep it. Leaves nothing behind.
 */
export async function measureHashes(options: DevnetOptions, nowMs: () => number): Promise<Measured> {
  const root = join(options.root, 'throwaway');
  try {
    return await measureIn({ ...options, root, stewards: 0, ownControllers: 0 }, nowMs());
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function measureIn(options: DevnetOptions, nowMs: number): Promise<Measured> {
  const genesis = throwawayGenesis({ salt: randomBytes(32).toString('hex'), genesisTimeMs: nowMs });
  const devnet = await Devnet.start(genesis, options, nowMs);
  const load = burn(availableParallelism());
  const late = AbortSignal.any([options.signal, AbortSignal.timeout(PATIENCE_MS)]);
  // The blocks' stream ends with the node that tells of them.
  late.addEventListener('abort', () => void devnet.kill(), { once: true });
  try {
    return await timeBlocks(new RpcClient(devnet.find('miner').home));
  } finally {
    await Promise.all(load.map((worker) => worker.terminate()));
    await devnet.kill();
  }
}

/** A busy thread for each core. */
function burn(cores: number): Worker[] {
  return Array.from({ length: cores }, () => new Worker(new URL('./burner.worker.js', import.meta.url)));
}

async function timeBlocks(rpc: RpcClient): Promise<Measured> {
  let blocks = 0;
  let began = 0;
  for await (const record of rpc.records('chain.tail', { count: 0, follow: true })) {
    if (record.type !== 'block') continue;
    blocks += 1;
    if (blocks === WARM_BLOCKS) began = performance.now();
    if (blocks < WARM_BLOCKS + TIMED_BLOCKS) continue;
    return { hashMs: (performance.now() - began) / (TIMED_BLOCKS << THROWAWAY_BITS) };
  }
  throw new Failure('failure', 'the throwaway chain brought too few blocks to measure', 'is the machine very busy');
}
