import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { genesisId } from '../chain/params.js';
import { toHex } from '../util/bytes.js';
import { Devnet, type DevnetOptions, refuseOccupied } from './devnet.js';
import { measuredGenesis } from './genesis.js';
import { measureHashes } from './measure.js';
import { type DevnetState, writeState } from './state.js';

/** Measures, starts every process, and stands by them until the signal; then ends them all. */
export async function runDevnet(options: DevnetOptions, onReady: (state: DevnetState) => void): Promise<void> {
  const { signal } = options;
  try {
    await begin(options, onReady);
  } catch (error) {
    // Told to stop, it stops: what was starting has ended.
    if (!signal.aborted) throw error;
  }
}

async function begin(options: DevnetOptions, onReady: (state: DevnetState) => void): Promise<void> {
  refuseOccupied(options.root);
  const measured = await measureHashes(options, Date.now);
  const salt = randomBytes(32).toString('hex');
  const { genesis, blockMs } = measuredGenesis({ salt, genesisTimeMs: Date.now() }, measured);
  const devnet = await Devnet.start(genesis, options, Date.now());
  try {
    const facts = { network_id: toHex(genesisId(genesis)), block_ms: Math.round(blockMs) };
    onReady(await writeState(options.root, devnet, facts));
    await aborted(options.signal);
  } finally {
    await devnet.stop();
    await rm(`${options.root}/devnet.json`, { force: true });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
