import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { print } from './measure.js';
import type { Figures } from './scale/measure.js';

/**
 * What an owner of 10^4 and of 10^6 contracts (`--contracts N`: of N), who is a steward of as many, needs at each
 * start, tick and block. A tick costs what is due and a block what is in it: a hundred times the contracts may make no
 * more of it than LevelDB's levels do. Memory holds none of them.
 */
const FEW = 1e4;
const MANY = 1e6;
/**
 * What a hundred times the contracts may make of it. By processor time: other processes make the clock's say little. A
 * block asks for as many records as before, of which each lies a level of LevelDB's deeper for each tenfold; a start
 * reads the names of all its files.
 */
const GROWTH_MAX = {
  idle_tick_cpu_ms: 3,
  due_tick_cpu_ms: 3,
  block_reads: 1.05,
  block_cpu_ms: 4,
  heap_mib: 2,
  start_cpu_ms: 10,
};

const run = promisify(execFile);

async function figures(contracts: number): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  try {
    const { indexes_s } = await child('fill', join(folder, 'db'), contracts);
    // A process of its own, as a start is; filling needs memory that a node does not.
    const found = (await child('measure', folder, contracts)) as unknown as Figures;
    print({ type: 'bench', bench: 'scale', contracts, ...found, indexes_s: indexes_s! });
    return found;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function child(name: string, folder: string, contracts: number): Promise<Record<string, number>> {
  const file = join(import.meta.dirname, 'scale', `${name}.js`);
  const { stdout } = await run(process.execPath, ['--expose-gc', file, folder, `${contracts}`]);
  return JSON.parse(stdout);
}

const { values } = parseArgs({ options: { contracts: { type: 'string', default: `${MANY}` } } });
const few = await figures(FEW);
const many = await figures(Number(values.contracts));
const growth = Object.entries(GROWTH_MAX).map(([name, max]) => ({
  ...{ name, max },
  by: many[name as keyof Figures] / few[name as keyof Figures],
}));
print({ type: 'bench', bench: 'scale', ...Object.fromEntries(growth.map(({ name, by }) => [`growth_${name}`, by])) });
for (const { name, max, by } of growth) {
  if (!(by <= max)) throw new Error(`${values.contracts} contracts make ${by.toFixed(1)} times the ${name} of ${FEW}`);
}
