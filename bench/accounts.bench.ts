import { verifyOnWorkers } from '../src/lib/workers/verify.js';
import { BenchLedger, BlockMaker } from './chain.js';
import { median, print } from './measure.js';

/**
 * What a transaction costs, validated in full blocks, where there are 10^4, 10^5 and 10^6 accounts: processor time of
 * all threads. It may grow as the tree's depth does, so from 10^4 to 10^6 by a half; asked for is less than twice,
 * since the accounts of one block share fewer nodes the more others there are.
 */
const ACCOUNTS = [1e4, 1e5, 1e6];
const BLOCKS = 5;
const GROWTH_MAX = 2;

async function cost(accounts: number): Promise<{ cpu: number; wall: number }> {
  const node = await BenchLedger.open({ verifier: verifyOnWorkers });
  try {
    const blocks = new BlockMaker(node.ledger, accounts);
    for await (const block of blocks.found()) await node.take(block);
    const costs = { cpu: [] as number[], wall: [] as number[] };
    for (let run = 0; run <= BLOCKS; run++) {
      const block = await blocks.full();
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
const growth = costs.at(-1)! / costs[0]!;
print({ type: 'bench', bench: 'accounts', growth });
if (growth > GROWTH_MAX)
  throw new Error(`a transaction among 10^6 accounts costs ${growth.toFixed(2)} of one among 10^4`);
