import { verifyOnWorkers } from '../src/lib/workers/verify.js';
import { BenchLedger, BlockMaker } from './chain.js';
import { median, print } from './measure.js';

/**
 * What a transaction costs where there are 10^4, 10^5 and 10^6 accounts. The nodes of the tree that it changes are as
 * many as the tree is deep, less those it shares with the rest of its block; so each tenfold should add as much work
 * as the one before. The blocks are small beside the fewest accounts: in full ones all of those would share nearly all
 * nodes, and the first tenfold would show nothing.
 *
 * Processor time, of all threads, is more: LevelDB rewrites a record about ten times on its way down each of its
 * levels, and from 10 MiB on a level holds ten times the one above. That is a logarithm as well, in steps.
 */
const ACCOUNTS = [1e4, 1e5, 1e6];
const BLOCK_BYTES = 400_000;
const BLOCKS = 15;
/** What the second tenfold adds to the work, by what the first does. More than a logarithm would be ten. */
const CURVE_MAX = 1.5;
/** The processor time of the most accounts by that of the fewest, a hundredth of them. */
const GROWTH_MAX = 5;

/** A transaction's: database records, their bytes, and microseconds. */
interface Cost {
  reads: number;
  writes: number;
  bytes: number;
  cpu: number;
  wall: number;
}

async function cost(accounts: number): Promise<Cost> {
  const node = await BenchLedger.open({ verifier: verifyOnWorkers });
  try {
    const blocks = new BlockMaker(node.ledger, accounts);
    for await (const block of blocks.found()) await node.take(block);
    const costs: Cost[] = [];
    for (let run = 0; run <= BLOCKS; run++) {
      const block = await blocks.full(BLOCK_BYTES);
      node.workDone();
      const [began, before] = [performance.now(), process.cpuUsage()];
      await node.take(block);
      const { user, system } = process.cpuUsage(before);
      const wall = (performance.now() - began) * 1e3;
      const { reads, writes, bytesWritten } = node.workDone();
      const all = { reads, writes, bytes: bytesWritten, cpu: user + system, wall };
      // The first run starts the threads.
      if (run > 0) costs.push(mapCost((name) => all[name] / block.transactions));
    }
    return mapCost((name) => median(costs.map((one) => one[name])));
  } finally {
    await node.close();
  }
}

function mapCost(value: (name: keyof Cost) => number): Cost {
  return {
    ...{ reads: value('reads'), writes: value('writes'), bytes: value('bytes') },
    ...{ cpu: value('cpu'), wall: value('wall') },
  };
}

const costs: Cost[] = [];
for (const accounts of ACCOUNTS) {
  const { reads, writes, bytes, cpu, wall } = await cost(accounts);
  costs.push({ reads, writes, bytes, cpu, wall });
  const work = { reads_tx: reads, writes_tx: writes, bytes_tx: bytes };
  print({ type: 'bench', bench: 'accounts', accounts, ...work, cpu_us_tx: cpu, wall_us_tx: wall });
}
const [few, more, most] = costs as [Cost, Cost, Cost];
const curve = mapCost((name) => (most[name] - more[name]) / (more[name] - few[name]));
const growth = most.cpu / few.cpu;
const { reads, writes, bytes } = curve;
print({ type: 'bench', bench: 'accounts', curve_reads: reads, curve_writes: writes, curve_bytes: bytes, growth });
for (const [name, value] of Object.entries({ reads, writes, bytes })) {
  if (!(value <= CURVE_MAX))
    throw new Error(`the second tenfold adds ${value.toFixed(1)} times the ${name} of the first`);
}
if (!(growth <= GROWTH_MAX)) throw new Error(`a hundredfold costs ${growth.toFixed(1)} times the processor time`);
