import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RpcClient } from '../rpc/client.js';
import type { BlockRecord } from '../rpc/records.js';
import { Failure } from '../util/errors.js';
import { Devnet, type DevnetOptions } from './devnet.js';
import { type Measured, throwawayGenesis } from './genesis.js';

/** Blocks that are timed; the first few only warm the nodes up. */
const WARM_BLOCKS = 4;
const TIMED_BLOCKS = 16;
const PATIENCE_MS = 60_000;

/**
 * Measures the time of a block on a throwaway chain, under the load of as many nodes as the devnet will
 * have. Leaves nothing behind.
 */
export async function measureBlocks(options: DevnetOptions, nowMs: () => number): Promise<Measured> {
  const root = join(options.root, 'throwaway');
  const genesis = throwawayGenesis({ salt: randomBytes(32).toString('hex'), genesisTimeMs: nowMs() });
  const devnet = await Devnet.start(genesis, { ...options, root }, nowMs());
  try {
    return await timeBlocks(new RpcClient(devnet.members[0]!.home));
  } finally {
    await devnet.kill();
    await rm(root, { recursive: true, force: true });
  }
}

async function timeBlocks(rpc: RpcClient): Promise<Measured> {
  const abort = AbortSignal.timeout(PATIENCE_MS);
  let blocks = 0;
  let began = 0;
  for await (const record of rpc.records('chain.tail', { count: 0, follow: true })) {
    if (abort.aborted) break;
    if ((record as BlockRecord).type !== 'block') continue;
    blocks += 1;
    if (blocks === WARM_BLOCKS) began = performance.now();
    if (blocks < WARM_BLOCKS + TIMED_BLOCKS) continue;
    const { target } = await rpc.call('chain.status', {});
    return { blockMs: (performance.now() - began) / TIMED_BLOCKS, target: BigInt(`0x${target}`) };
  }
  throw new Failure('failure', 'the throwaway chain brought too few blocks to measure', 'is the machine very busy');
}
