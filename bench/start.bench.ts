import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChainRecord } from '../src/lib/rpc/records.js';
import { createRpcServer } from '../src/lib/rpc/server.js';
import { median, print } from './measure.js';

/** The start of commands against that of a bare node: interleaved, so that a busy machine slows all alike. */
const RUNS = 30;
/** What each may take, as a multiple of `node -e 0`: past it this bench fails. */
const RATIO_MAX = { version: 1.5, chain_status: 4 } as const;
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const bin = join(root, 'bin', 'run.js');

const home = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
const zero = '00'.repeat(32);
const record: ChainRecord = {
  type: 'chain',
  height: 1,
  slot: 1,
  tip: zero,
  state_root: zero,
  mined_grains: '0',
  minted_grains: '0',
  burnt_grains: '0',
  fee_pool_grains: '0',
  base_fee_grains: '1',
  mempool: 0,
  target: zero,
  body_limit: 1,
  next_rule: null,
};
const server = await createRpcServer({
  dir: home,
  handlers: { 'chain.status': async () => record },
  log: { error() {} },
});

const CASES = {
  bare: ['-e', '0'],
  version: [bin, '--version'],
  chain_status: [bin, 'chain', 'status'],
};

function run(args: readonly string[]): Promise<number> {
  // NODE_EXTRA_CA_CERTS adds 40 ms to every start of Node.
  const env = { ...process.env, HOLDFAST_HOME: home, NODE_EXTRA_CA_CERTS: undefined };
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.resume();
    child.once('close', (status) => {
      if (status === 0) resolve(performance.now() - began);
      else reject(new Error(`${args.join(' ')} ended with ${status}`));
    });
  });
}

const times: Record<string, number[]> = { bare: [], version: [], chain_status: [] };
for (let index = 0; index < RUNS; index++) {
  for (const [name, args] of Object.entries(CASES)) times[name]!.push(await run(args));
}
await server.close(0);
rmSync(home, { recursive: true });

const bare = median(times.bare!);
for (const [name, ratioMax] of Object.entries(RATIO_MAX)) {
  const ms = median(times[name]!);
  const ratio = ms / bare;
  print({ type: 'bench', bench: 'start', case: name, ms, bare_ms: bare, ratio, ratio_max: ratioMax });
  if (ratio > ratioMax) process.exitCode = 1;
}
