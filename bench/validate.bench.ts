import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { decodeBody, decodeSignedTx, signingMessage } from '../src/lib/chain/encoding.js';
import { concat } from '../src/lib/util/bytes.js';
import { threadsHere } from '../src/lib/workers/pool.js';
import { verifyOnWorkers } from '../src/lib/workers/verify.js';
import { BenchLedger, BlockMaker, type WireBlock } from './chain.js';
import { median, print } from './measure.js';

/**
 * Full blocks of transfers among 10^4 accounts, from a peer's bytes to the state on the disk, against what libsodium
 * alone needs for their signatures on as many threads.
 */
const ACCOUNTS = 10_000;
const BLOCKS = 7;
const RATIO_MIN = 0.6;

async function timed(work: () => Promise<unknown>): Promise<{ seconds: number; cpu: number }> {
  const [began, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - began) / 1e3, cpu: (user + system) / 1e6 };
}

/** All of a block's signatures, in a part for each thread. */
function recordsOf(block: WireBlock, genesisId: Uint8Array, parts: number): Uint8Array[] {
  const records = decodeBody(block.body, block.body.length).map((bytes) => {
    const { tx, signatures } = decodeSignedTx(bytes);
    if (tx.kind !== 'transfer') throw new Error('not a transfer');
    return concat(signatures[0]!, tx.from, signingMessage(tx, genesisId));
  });
  const size = Math.ceil(records.length / parts);
  return Array.from({ length: parts }, (_, i) => {
    const part = concat(...records.slice(i * size, (i + 1) * size));
    const shared = new Uint8Array(new SharedArrayBuffer(part.length));
    shared.set(part);
    return shared;
  });
}

const threads = Array.from(
  { length: threadsHere() },
  () => new Worker(new URL('./raw-signatures.worker.js', import.meta.url)),
);
const [maker, validator] = [await BenchLedger.open(), await BenchLedger.open({ verifier: verifyOnWorkers })];
try {
  const blocks = new BlockMaker(maker.ledger, ACCOUNTS);
  for await (const block of blocks.found()) for (const one of [maker, validator]) await one.take(block);
  const rates = { raw: [] as number[], validated: [] as number[], ratio: [] as number[] };
  const cpu = { ratio: [] as number[], beside: [] as number[] };
  for (let run = 0; run <= BLOCKS; run++) {
    const block = await blocks.full();
    const parts = recordsOf(block, validator.ledger.params.derived.genesisId, threads.length);
    const raw = await timed(() =>
      Promise.all(
        threads.map((thread, i) => {
          thread.postMessage(parts[i]!);
          return once(thread, 'message');
        }),
      ),
    );
    const taken = await timed(() => validator.take(block));
    await maker.take(block);
    // The first run warms everything up.
    if (run === 0) continue;
    rates.raw.push(block.transactions / raw.seconds);
    rates.validated.push(block.transactions / taken.seconds);
    rates.ratio.push(raw.seconds / taken.seconds);
    cpu.ratio.push(raw.cpu / taken.cpu);
    cpu.beside.push(((taken.cpu - raw.cpu) * 1e6) / block.transactions);
  }
  const ratio = median(rates.ratio);
  print({
    ...{ type: 'bench', bench: 'validate', accounts: ACCOUNTS, threads: threads.length },
    ...{ raw_tx_s: median(rates.raw), validated_tx_s: median(rates.validated), ratio },
    // By processor time of all threads: the same where nothing waits, and of use on a busy machine.
    ...{ cpu_ratio: median(cpu.ratio), beside_us_tx: median(cpu.beside) },
  });
  if (ratio < RATIO_MIN) throw new Error(`${ratio.toFixed(2)} of libsodium's rate; at least ${RATIO_MIN} is asked for`);
} finally {
  await Promise.all([maker.close(), validator.close(), ...threads.map((thread) => thread.terminate())]);
}
