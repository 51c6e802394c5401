import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { parseParams } from '../src/lib/chain/params.js';
import { preset } from '../src/lib/chain/presets.js';
import type { BlockRef } from '../src/lib/chain/types.js';
import { formatAddress } from '../src/lib/crypto/address.js';
import { silentLog } from '../src/lib/net/log.js';
import { createNetwork } from '../src/lib/net/network.js';
import type { BlockRecord } from '../src/lib/rpc/records.js';
import { fromHex, toHex } from '../src/lib/util/bytes.js';
import { Failure } from '../src/lib/util/errors.js';
import { print } from './measure.js';
import { Payer, Stream } from './two-nodes/load.js';
import { cpuOf, NodeProcess } from './two-nodes/process.js';
import { growth, headLine, type Sample, sampleLine } from './two-nodes/table.js';

/**
 * Two nodes as anybody runs them, and this process, a peer that publishes: what do they sustain? B, which the
 * publisher speaks to, passes transactions on to A, which mines; A's blocks come back to B.
 */
const { values: flags } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    /** Published a second. */
    rate: { type: 'string', default: '2200' },
    least: { type: 'string', default: '2000' },
    /** A folder for processor profiles of the nodes. */
    profile: { type: 'string' },
  },
});
const seconds = Number(flags.minutes) * 60;
const SAMPLES = Math.max(3, Math.min(60, Math.floor(seconds / 5)));
const GROWTH_MAX = 1.1;
const ACCOUNTS = 4096;
const OUTPUTS = 256;
const GRANT = 10_000_000n;
const FUNDED_AT = 10;
const SETTLED = 3;
/** A publisher waits when so much is under way: nodes that fall behind are not buried. */
const IN_FLIGHT_SECONDS = 4;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const home = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
process.once('exit', () => rmSync(home, { recursive: true, force: true }));
const genesis = {
  ...preset('devnet', { name: 'two-nodes', salt: toHex(randomBytes(32)), genesisTimeMs: Date.now() }),
  slotMs: 1000,
  // A block each slot: mining costs next to nothing, and nothing but transactions is measured.
  firstTarget: 'ff'.repeat(32),
  asertHalfLifeSlots: 10_000_000,
  // Short, so that ten minutes see it out several times.
  cycleBlocks: 100,
  bodyBytesMin: 4 * 1024 * 1024,
};
const params = parseParams(genesis);
const genesisFile = join(home, 'genesis.json');
writeFileSync(genesisFile, JSON.stringify(genesis));

const bank = new Payer('bank');
const payers = Array.from({ length: ACCOUNTS }, (_, i) => new Payer(`payer ${i}`));
const node = flags.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${flags.profile}`];
const a = new NodeProcess(join(home, 'a'), node, genesisFile, ['--mine', formatAddress(bank.address)]);
const aRecord = await a.ready();
const b = new NodeProcess(join(home, 'b'), node, genesisFile, ['--peer', aRecord.addresses[0]!]);
const bRecord = await b.ready();
const network = await createNetwork({
  ...{ seed: randomBytes(32), genesisId: params.derived.genesisId, listen: [], bootstrap: [bRecord.addresses[0]!] },
  ...{ log: silentLog, peersMin: 1 },
  handlers: {
    onHeader: async () => 'ignore',
    onTxs: async () => 'ignore',
    status: () => ({ height: 0, id: params.derived.genesisId, work: 0n }),
    headersAfter: () => [],
    body: () => undefined,
    checkpoints: () => [],
    vouch: (named) => named.map(() => false),
    ancestors: () => undefined,
    part: async () => undefined,
    pool: () => [],
    hasLocators: (locators) => locators.map(() => false),
    onAward: async () => {
      throw new Failure('over-limit', 'no room');
    },
    onGet: async () => undefined,
    onPoll: async () => undefined,
  },
});

const seen = { blocks: 0, txs: 0, last: [] as BlockRecord[], baseFee: 1n };
const heights = follow();
try {
  await funded();
  await run();
} finally {
  await network.stop();
  await Promise.all([a.stop(), b.stop()]);
  await heights;
}

/** Counts what B's chain takes in. */
async function follow(): Promise<void> {
  try {
    for await (const record of b.rpc.records('chain.tail', { count: 0, follow: true })) {
      if (record.type !== 'block') continue;
      seen.blocks += 1;
      seen.txs += record.txs ?? 0;
      seen.last = [...seen.last.slice(-SETTLED), record];
      seen.baseFee = BigInt((await b.rpc.call('chain.status', {})).base_fee_grains);
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

/** A block that both nodes have. */
function ref(): BlockRef {
  const { height, id } = seen.last[0]!;
  return { height, id: fromHex(id)! };
}

async function height(atLeast: number): Promise<void> {
  while ((seen.last.at(-1)?.height ?? 0) < atLeast) await sleep(100);
}

/** The bank's rewards make the payers' accounts. */
async function funded(): Promise<void> {
  await height(FUNDED_AT);
  const granted: Promise<void>[] = [];
  bank.seq = BigInt((await a.rpc.call('chain.account', { address: formatAddress(bank.address) })).seq);
  for (let from = 0; from < ACCOUNTS; from += OUTPUTS) {
    const some = payers.slice(from, from + OUTPUTS);
    const grants = some.map(({ address }) => ({ to: address, amount: GRANT }));
    const tx = toHex(bank.pay(params, ref(), seen.baseFee, grants));
    const { txid } = await a.rpc.call('chain.submit', { tx });
    granted.push(included(txid).then((at) => granting(some, at)));
  }
  await Promise.all(granted);
  await height(seen.last.at(-1)!.height + SETTLED);
}

/** An account begins at the height of the block that makes it. */
function granting(some: readonly Payer[], height: number): void {
  for (const payer of some) payer.seq = BigInt(height) << 20n;
}

/** The height of the block that a transaction is in. */
async function included(txid: string): Promise<number> {
  for (;;) {
    const { height } = await a.rpc.call('chain.tx', { txid });
    if (typeof height === 'number') return height;
    await sleep(200);
  }
}

async function run(): Promise<void> {
  let next = 0;
  let published = 0;
  const { txs: before } = seen;
  const most = IN_FLIGHT_SECONDS * Number(flags.rate);
  const send = () => {
    if (published - (seen.txs - before) >= most) return false;
    const payer = payers[next]!;
    next = (next + 1) % ACCOUNTS;
    const outputs = [{ to: payers[(next * 7) % ACCOUNTS]!.address, amount: 1000n }];
    void network.publishTx(payer.pay(params, ref(), seen.baseFee, outputs));
    published += 1;
    return true;
  };
  const stream = new Stream(Number(flags.rate), send);
  const samples: Sample[] = [];
  const began = performance.now();
  process.stderr.write(`${headLine()}\n`);
  const start = marks();
  let last = start;
  for (let i = 1; i <= SAMPLES; i++) {
    await sleep(began + (i * seconds * 1000) / SAMPLES - performance.now());
    const now = marks();
    const sample = await sampled(last, now, (performance.now() - began) / 1000);
    last = now;
    samples.push(sample);
    process.stderr.write(`${sampleLine(sample)}\n`);
  }
  stream.stop();
  report(samples, published, await sampled(start, last, seconds));
}

function marks() {
  const cpu = [a.cpu, b.cpu, cpuOf(process.pid)] as const;
  return { at: performance.now(), txs: seen.txs, blocks: seen.blocks, cpu };
}

async function sampled(before: ReturnType<typeof marks>, now: ReturnType<typeof marks>, at: number): Promise<Sample> {
  const txs = now.txs - before.txs;
  const [poolA, poolB] = await Promise.all([a, b].map(({ rpc }) => rpc.call('chain.status', {})));
  const cost = (who: 0 | 1 | 2) => ((now.cpu[who] - before.cpu[who]) * 1e6) / Math.max(1, txs);
  return {
    seconds: at,
    rate: (txs * 1000) / (now.at - before.at),
    blocks: now.blocks - before.blocks,
    pools: [poolA!.mempool, poolB!.mempool],
    memory: [a.memory, b.memory],
    disk: [a.diskFloor(), b.diskFloor()],
    cpu: [cost(0), cost(1), cost(2)],
  };
}

/** Fails where a bound is missed. Flatness shows only once several cycles have passed. */
function report(samples: Sample[], published: number, { rate, cpu }: Sample): void {
  const { memory, disk } = growth(samples);
  print({
    ...{ type: 'bench', bench: 'two-nodes', seconds, published, tx_s: rate },
    ...{ cpu_us_a: cpu[0], cpu_us_b: cpu[1], cpu_us_publisher: cpu[2] },
    ...{ memory_growth_a: memory[0], memory_growth_b: memory[1], disk_growth_a: disk[0], disk_growth_b: disk[1] },
  });
  const cycleSeconds = (params.cycleBlocks * params.slotMs) / 1000;
  const failures = [
    ...(rate < Number(flags.least) ? [`${rate.toFixed(0)} transactions a second, fewer than ${flags.least}`] : []),
    ...(seconds >= 5 * cycleSeconds && Math.max(...memory) > GROWTH_MAX ? ['memory grows'] : []),
    ...(seconds >= 5 * cycleSeconds && Math.max(...disk) > GROWTH_MAX ? ['disk grows'] : []),
  ];
  for (const failure of failures) console.error(`holdfast: error: two nodes: ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}
