import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { closure, importsOf, readSource, sources } from './helpers/imports.js';
import { projectRoot } from './helpers/root.js';

/** Imports go to a lower rank or stay in the room. What is not listed here has no place in the house. */
const RANKS: Record<string, number> = {
  util: 0,
  crypto: 1,
  codec: 2,
  seal: 3,
  wallet: 3,
  chain: 3,
  bounty: 4,
  market: 5,
  plan: 6,
  store: 7,
  workers: 7,
  net: 7,
  rpc: 7,
  controller: 8,
  sim: 8,
  // Puts the parts together, a controller among them where it is asked to.
  node: 8.5,
  devnet: 8,
  demo: 8,
  cli: 9,
  commands: 10,
};
const PURE_MAX = 6;

const SRC = sources('src');
const lines = (file: string) => readSource(file).split('\n').length;

function room(file: string): string {
  return /^src\/lib\/([^/]+)\//.exec(file)?.[1] ?? /^src\/([^/]+)\//.exec(file)?.[1] ?? file;
}

function rank(file: string): number {
  const found = RANKS[room(file)];
  assert.ok(found !== undefined, `${file} is in no room of the house`);
  return found;
}

test('imports go to a lower rank or stay in the room', () => {
  const wrong: string[] = [];
  for (const file of SRC) {
    for (const { target } of importsOf(file)) {
      if (!target.startsWith('src/') || room(target) === room(file)) continue;
      if (rank(target) >= rank(file)) wrong.push(`${file} → ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('every import of ours leads to a source', () => {
  const lost = SRC.flatMap((file) =>
    importsOf(file)
      .filter(({ target }) => target.startsWith('src') && !target.endsWith('.ts'))
      .map(({ target }) => `${file} → ${target}`),
  );
  assert.deepEqual(lost, []);
});

test('no file imports itself by way of others', () => {
  const wrong = SRC.filter((file) => closure(file, ['static']).has(file));
  assert.deepEqual(wrong, []);
});

/** What the rules may take from Node: arithmetic on bytes. Time, randomness and the disk are handed in. */
const PURE_BUILTINS = new Set(['node:crypto', 'node:buffer', 'node:util']);
/** isIP and its like read text, and open nothing. */
const READS_ADDRESSES = 'src/lib/market/placement.ts imports node:net';
const IMPURE =
  /\b(Date\.now|Math\.random|performance\.now|new Date\(\)|randomBytes|randomUUID|getRandomValues|setTimeout|setInterval|process\.(env|argv|exit|on|once|cwd|std\w+|send|channel))\b/;
/** The two places that hand the world in: the system's clock, and the channel to a parent process. */
const HANDS_IN = ['src/lib/util/clock.ts', 'src/lib/util/parent.ts'];

test('ranks 0 to 6 do no input or output, and are given time and randomness', () => {
  const wrong: string[] = [];
  for (const file of SRC.filter((name) => rank(name) <= PURE_MAX && !HANDS_IN.includes(name))) {
    for (const { target } of importsOf(file)) {
      if (target.startsWith('node:') && !PURE_BUILTINS.has(target)) wrong.push(`${file} imports ${target}`);
    }
    const code = readSource(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    const impure = IMPURE.exec(code)?.[0];
    if (impure) wrong.push(`${file} uses ${impure}`);
  }
  assert.deepEqual(
    wrong.filter((text) => text !== READS_ADDRESSES),
    [],
  );
});

const HEAVY_ROOMS = new Set(['node', 'net', 'sim']);
const HEAVY_PACKAGES =
  /^(libp2p|@libp2p\/|@multiformats\/|classic-level|pino|inquirer|ora|cli-table3|simple-ascii-chart)/;

function heavy(targets: Iterable<string>): string[] {
  return [...targets].filter((target) =>
    target.startsWith('src/') ? HEAVY_ROOMS.has(room(target)) : HEAVY_PACKAGES.test(target),
  );
}

test('no command loads the node, its libraries, or what draws on terminals, at its start', () => {
  const commands = SRC.filter((file) => room(file) === 'commands');
  assert.ok(commands.length > 0);
  for (const file of commands) assert.deepEqual(heavy(closure(file, ['static'])), [], file);
});

test('only `node start` reaches the node, and only by a dynamic import', () => {
  const reaching = SRC.filter((file) => room(file) === 'commands').filter((file) =>
    [...closure(file, ['static', 'dynamic'])].some((target) => room(target) === 'node'),
  );
  assert.deepEqual(reaching, ['src/commands/node/start.ts']);
});

test('commands take their flags from the cli room: oclif itself is slow to load', () => {
  const wrong = SRC.filter((file) =>
    importsOf(file).some(({ target, kind }) => target === '@oclif/core' && kind !== 'type'),
  );
  assert.deepEqual(wrong, []);
});

test('files are small: none over 400 lines, the median at most 120', () => {
  const long = [...SRC, ...sources('test')].filter((file) => lines(file) > 400);
  assert.deepEqual(long, []);
  const sizes = SRC.map(lines).sort((a, b) => a - b);
  assert.ok(sizes[sizes.length >> 1]! <= 120, `the median is ${sizes[sizes.length >> 1]} lines`);
});

test('commands are thin: at most 120 lines with their flags', () => {
  assert.deepEqual(
    SRC.filter((file) => room(file) === 'commands' && lines(file) > 120),
    [],
  );
});

test('functions are held to 70 lines by the linter, and nobody is let off', () => {
  const biome = JSON.parse(readFileSync(join(projectRoot(), 'biome.json'), 'utf8'));
  assert.deepEqual(biome.linter.rules.complexity.noExcessiveLinesPerFunction, {
    level: 'error',
    options: { maxLines: 70, skipBlankLines: true },
  });
  assert.deepEqual(
    SRC.filter((file) => readSource(file).includes('noExcessiveLinesPerFunction')),
    [],
  );
});

test('a test stands where its source stands', () => {
  // Kills and threats are of no room: they are done to all of it.
  const rooms = new Set([...Object.keys(RANKS), 'helpers', 'vectors', 'kills', 'simulate', 'threats']);
  const folders = readdirSync(join(projectRoot(), 'test'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  assert.deepEqual(
    folders.map(({ name }) => name).filter((name) => !rooms.has(name)),
    [],
  );
});

test('nothing is left to do, switched off, or tied to one machine', () => {
  const words = [
    'TO' + 'DO',
    'FIX' + 'ME',
    'X' + 'XX',
    '@ts-' + 'ignore',
    '@ts-' + 'nocheck',
    '/wo' + 'rk/',
    '/ro' + 'ot/',
  ];
  const everywhere = [
    ...SRC,
    ...sources('test'),
    ...(existsSync(join(projectRoot(), 'bench')) ? sources('bench') : []),
  ];
  const found = everywhere.flatMap((file) =>
    words.filter((word) => new RegExp(`(^|\\W)${word}`).test(readSource(file))).map((word) => `${file}: ${word}`),
  );
  assert.deepEqual(found, []);
  const only = sources('test').filter((file) => /\b(test|it|describe)\.only\(|\bonly: true/.test(readSource(file)));
  assert.deepEqual(only, []);
});
