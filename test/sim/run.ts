// `npm run sim -- --seed N [--nodes N] [--minutes N] [--runs N] [--stake]`: one line of JSON a run. Seed and commit are all
// that a failure needs to happen again.
import { parseArgs } from 'node:util';
import { commit, wholeNumber } from './arguments.js';
import { World } from './world.js';

const option = { type: 'string' } as const;
const { values } = parseArgs({
  options: { seed: option, nodes: option, minutes: option, runs: option, stake: { type: 'boolean' } },
});
const first = wholeNumber(values.seed, 1, 'seed');
const nodes = wholeNumber(values.nodes, 8, 'nodes');
const minutes = wholeNumber(values.minutes, 10, 'minutes');
const runs = wholeNumber(values.runs, 1, 'runs');

for (let seed = first; seed < first + runs; seed++) {
  const began = performance.now();
  try {
    const summary = await new World({ seed: String(seed), nodes, minutes, stake: values.stake === true }).run();
    console.log(
      JSON.stringify({ type: 'run', ...summary, seconds: Number(((performance.now() - began) / 1e3).toFixed(1)) }),
    );
  } catch (error) {
    console.error((error as Error).stack);
    console.error(`holdfast: error: the simulation of seed ${seed} failed at commit ${commit()}`);
    console.error(
      `holdfast: hint: npm run sim -- --seed ${seed} --nodes ${nodes} --minutes ${minutes}${values.stake ? ' --stake' : ''}`,
    );
    process.exit(1);
  }
}
