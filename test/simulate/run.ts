// `npm run simulate -- --seed N [--years Y] [--contracts C] [--json]`: each strategy plays a world against the
// honest; what it earned and lost is printed beside the honest one in its place. Ends with 1 where one pays.
import { parseArgs } from 'node:util';
import { commit, wholeNumber } from '../sim/arguments.js';
import { learnt } from './learnt.js';
import { runAll } from './pool.js';
import { OWNERS, STEWARDS } from './seats.js';
import { SETTING, type Setting } from './setting.js';
import { printTable } from './table.js';
import { honestFiles, rowOf } from './verdict.js';

const option = { type: 'string' } as const;
const { values } = parseArgs({
  options: { seed: option, years: option, contracts: option, json: { type: 'boolean' } },
});
const asked: Setting = {
  ...SETTING,
  seed: String(wholeNumber(values.seed, 1, 'seed')),
  years: wholeNumber(values.years, 1, 'years'),
  contracts: wholeNumber(values.contracts, SETTING.contracts, 'contracts'),
};
const began = performance.now();
const [before] = await runAll([{ setting: asked, playing: 'nobody' }]);
const setting = learnt(asked, before!);
const names = [...STEWARDS, ...OWNERS].map(({ name }) => name);
const outcomes = await runAll(['nobody', ...names, 'all'].map((playing) => ({ setting, playing })));
const [honest] = outcomes;
const rows = outcomes
  .filter(({ playing }) => names.includes(playing))
  .map((outcome) => rowOf(setting, outcome, honest!));
const summary = {
  type: 'summary',
  seed: setting.seed,
  commit: commit(),
  years: setting.years,
  contracts: outcomes.reduce((sum, { contracts }) => sum + contracts, 0),
  ...honestFiles(outcomes),
  holds: rows.every(({ holds }) => holds),
  seconds: Number(((performance.now() - began) / 1e3).toFixed(1)),
};
if (values.json) for (const line of [...rows, summary]) console.log(JSON.stringify(line));
else printTable(rows, summary, setting);
process.exitCode = summary.holds ? 0 : 1;
