// `npm run -s test:soak -- [--kills N] [--runs N] [--seed N] > bench/soak.md`: kill loops over real nodes, then the
// simulator over many seeds. What it found goes to stdout as a page, what it does to stderr. Half an hour and more.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Figures, KillLoop } from '../kills/loop.js';
import { commit, wholeNumber } from './arguments.js';
import type { Summary } from './world.js';

const SIMULATOR = fileURLToPath(new URL('./run.js', import.meta.url));
const NODES = 8;
const MINUTES = 12;
/** Two at once, as many as the smallest machine has cores: one mines, the other goes over to stake. */
const LANES = [false, true];

const option = { type: 'string' } as const;
const { values } = parseArgs({ options: { kills: option, runs: option, seed: option } });
const kills = wholeNumber(values.kills, 1000, 'kills');
const runs = wholeNumber(values.runs, 300, 'runs');
const seed = wholeNumber(values.seed, 1, 'seed');

async function killed(): Promise<Figures[]> {
  const dirs = LANES.map(() => mkdtempSync(join(tmpdir(), 'holdfast-soak-')));
  try {
    const each = Math.ceil(kills / LANES.length);
    const loops = await Promise.all(dirs.map((dir, i) => new KillLoop(dir, `${seed + i}`, LANES[i]).run(each)));
    for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
    return loops;
  } catch (error) {
    console.error(`what the nodes left is in ${dirs.join(' and ')}`);
    throw error;
  }
}

async function simulated(first: number, count: number, more: readonly string[]): Promise<Summary[]> {
  const args = ['--seed', first, '--runs', count, '--nodes', NODES, '--minutes', MINUTES, ...more].map(String);
  const child: ChildProcess = spawn(process.execPath, [SIMULATOR, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  const found: Summary[] = [];
  for await (const line of createInterface({ input: child.stdout! })) {
    console.error(line);
    found.push(JSON.parse(line) as Summary);
  }
  const [status] = await exit;
  if (status !== 0) process.exit(1);
  return found;
}

const sum = (list: readonly number[]) => list.reduce((total, value) => total + value, 0);
const row = (...cells: (string | number)[]) => `| ${cells.join(' | ')} |`;

const half = Math.ceil(runs / LANES.length);

function page(loops: Figures[], summaries: Summary[]): string {
  const deepest = Math.max(...summaries.flatMap(({ reorganisations }) => Object.keys(reorganisations).map(Number)), 0);
  const kinds = summaries.flatMap(({ adversaries }) => adversaries.map((name) => name.split('-')[0]!));
  const times = [...new Set(kinds)].sort().map((kind) => `${kind} ${kinds.filter((other) => other === kind).length}`);
  return [
    '# Soak',
    '',
    'Anything that was lost, any step to repair, any broken rule would have ended the run without this page.',
    '',
    `\`npm run -s test:soak -- --kills ${kills} --runs ${runs} --seed ${seed}\` at commit ${commit()},`,
    `Node.js ${process.version}, ${cpus().length} cores.`,
    '',
    '| kill -9 of a node that mines, and of one that leads by its bond | |',
    '|---|---|',
    row('kills', sum(loops.map((loop) => loop.kills))),
    row('of these before it served', sum(loops.map(({ early }) => early))),
    row('payments acknowledged', sum(loops.map(({ acknowledged }) => acknowledged))),
    row('payments on the ledger, each once', sum(loops.map(({ payments }) => payments))),
    row('blocks', sum(loops.map(({ height }) => height))),
    row('tips led by stake, and the bond whole after each kill', sum(loops.map(({ led }) => led))),
    row('mean and longest start, ms', loops.map((l) => `${l.startMsMean}, ${l.startMsMax}`).join('; ')),
    '',
    `| simulator, ${NODES} nodes, ${MINUTES} minutes each | |`,
    '|---|---|',
    row('seeds', `${seed} to ${seed + half - 1}, mined; the same, over to stake`),
    row('bonds lost for two blocks in a slot', sum(summaries.map(({ slashed }) => slashed))),
    row('blocks on main chains', sum(summaries.map(({ height }) => height))),
    row('blocks in all', sum(summaries.map(({ blocks }) => blocks))),
    row('crashes', sum(summaries.map(({ crashes }) => crashes))),
    row('partitions', sum(summaries.map(({ partitions }) => partitions))),
    row(
      'messages, lost',
      `${sum(summaries.map(({ messages }) => messages))}, ${sum(summaries.map(({ lost }) => lost))}`,
    ),
    row('deepest reorganisation', deepest),
    row('adversaries', times.join(', ')),
    '',
  ].join('\n');
}

const loops = await killed();
for (const figures of loops) console.error(JSON.stringify(figures));
const [mined, staked] = await Promise.all([simulated(seed, half, []), simulated(seed, half, ['--stake'])]);
console.log(page(loops, [...mined, ...staked]));
