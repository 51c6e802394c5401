// `npm run simulate:sweep [-- --seeds N] [--contracts C] [--held-out]`: each seed with parameters of its own, drawn over
// their ranges; a line of JSON for each, and at the end for each strategy that paid how many of its points lay in the lower,
// middle and upper third of each parameter's range: where all lie in one third, the parameter matters. `--held-out` runs 20 seeds that nothing was tuned on, at the defaults. Ends with 1 where a cheat pays.
import { parseArgs } from 'node:util';
import { commit, wholeNumber } from '../sim/arguments.js';
import { learnt } from './learnt.js';
import { runAll } from './pool.js';
import { type Point, points, SWEPT, settingAt, thirdOf } from './ranges.js';
import { OWNERS, STEWARDS } from './seats.js';
import { SETTING, type Setting } from './setting.js';
import { honestFiles, type Row, rowOf } from './verdict.js';

const CHEATS = [...STEWARDS, ...OWNERS].filter(({ what }) => what === 'cheat').map(({ name }) => name);
const HELD_OUT = { first: 1001, count: 20 };

const option = { type: 'string' } as const;
const { values } = parseArgs({
  options: { seeds: option, first: option, contracts: option, 'held-out': { type: 'boolean' } },
});
const count = wholeNumber(values.seeds, 100, 'seeds');
const first = wholeNumber(values.first, 1, 'first');
const base: Setting = { ...SETTING, contracts: wholeNumber(values.contracts, 200, 'contracts') };
const say = (line: object) => console.log(JSON.stringify(line));

async function rowsAt(
  setting: Setting,
  names: readonly string[],
): Promise<{ rows: Row[]; files: number; lost: number }> {
  const [before] = await runAll([{ setting, playing: 'nobody' }]);
  const known = learnt(setting, before!);
  const [honest, ...played] = await runAll(['nobody', ...names].map((playing) => ({ setting: known, playing })));
  return { rows: played.map((outcome) => rowOf(known, outcome, honest!)), ...honestFiles([honest!, ...played]) };
}

const percent = (part: number) => Number((100 * part).toFixed(1));
const totals = { files: 0, lost: 0, pays: {} as Record<string, number> };
const paying = new Map<string, Point[]>();
const gains = new Map<string, number[]>();

async function look(seed: number, point: Point | null): Promise<void> {
  const { rows, files, lost } = await rowsAt(settingAt(point ?? {}, seed, base), CHEATS);
  totals.files += files;
  totals.lost += lost;
  for (const { strategy, gain } of rows) gains.set(strategy, [...(gains.get(strategy) ?? []), gain]);
  const failing = rows.filter(({ holds }) => !holds);
  say({ type: 'point', seed, ...point, files, lost, pays: failing.map(({ strategy }) => strategy) });
  for (const { strategy, gain, unearned } of failing) {
    totals.pays[strategy] = (totals.pays[strategy] ?? 0) + 1;
    if (point) paying.set(strategy, [...(paying.get(strategy) ?? []), point]);
    say({ type: 'pays', seed, strategy, gain_percent: percent(gain), unearned });
  }
}

if (values['held-out']) {
  for (let i = 0; i < HELD_OUT.count; i += 1) await look(HELD_OUT.first + i, null);
} else {
  const all = points(count);
  for (let seed = first; seed <= count; seed += 1) await look(seed, all[seed - 1]!);
}
for (const [strategy, list] of gains) {
  list.sort((a, b) => a - b);
  const at = (part: number) => percent(list[Math.floor(part * (list.length - 1))]!);
  say({ type: 'gains', strategy, least_percent: at(0), median_percent: at(0.5), most_percent: at(1) });
}
for (const [strategy, list] of paying) {
  const thirds = SWEPT.map((name) => [name, [0, 1, 2].map((n) => list.filter((at) => thirdOf(at, name) === n).length)]);
  say({ type: 'region', strategy, points: list.length, ...Object.fromEntries(thirds) });
}
say({ type: 'summary', commit: commit(), ...totals });
process.exitCode = Object.keys(totals.pays).length > 0 ? 1 : 0;
