import { verifyOnWorkers } from '../src/lib/workers/verify.js';
import { BenchLedger, BlockMaker } from './chain.js';
import { median, print } from './measure.js';

/**
 * What a transaction costs where there are 10^4, 10^5 and 10^6 accounts: processor time of all threads. The nodes of
 * the tree that it changes are as many as the tree is deep, less those it shares with the rest of its block; so each
 * tenfold should add as much as the one before. The blocks are small beside the fewest accounts: in full ones all of
 * those would share nearly all nodes, and the first tenfold would show nothing.
 */
const ACCOUNTS = [1e4, 1e5, 1e6];
const BLOCK_BYTES = 400_000;
const BLOCKS = 15;
/** The second tenfold's cost by the first's. More than a logarithm would be ten. */
const CURVE_MAX = 2;

async function cost(accounts: number): Promise<{ cpu: number; wall: number }> {
  const node = await BenchLedger.open({ verifier: verifyOnWorkers });
  try {
    const blocks = new BlockMaker(node.ledger, accounts);
    for await (const block of blocks.found()) await node.take(block);
    const costs = { cpu: [] as number[], wall: [] as number[] };
    for (let run = 0; run <= BLOCKS; run++) {
      const block = await blocks.full(BLOCK_BYTES);
      const [began, before] = [performance.now(), process.cpuUsage()];
      await node.take(block);
      const { user, system } = process.cpuUsage(before);
      // The first run starts the threads.
      if (run === 0) continue;
      costs.cpu.push((user + system) / block.transactions);
      costs.wall.push(((performance.now() - began) * 1e3) / block.transactions);
    }
    return { cpu: median(costs.cpu), wall: median(costs.wall) };
  } finally {
    await node.close();
  }
}

const costs: number[] = [];
for (const accounts of ACCOUNTS) {
  const { cpu, wall } = await cost(accounts);
  costs.push(cpu);
  print({ type: 'bench', bench: 'accounts', accounts, cpu_us_tx: cpu, wall_us_tx: wall });
}
const [few, more, most] = costs as [number, number, number];
const curve = (most - more) / (more - few);
print({ type: 'bench', bench: 'accounts', growth: most / few, curve });
if (!(curve <= CURVE_MAX)) throw new Error(`the second tenfold costs ${curve.toFixed(1)} times what the first does`);
