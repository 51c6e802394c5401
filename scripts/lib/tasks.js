import { join, relative } from 'node:path';
import { filesUnder } from './digest.js';
import { NODES, testOnNodes } from './nodes.js';
import { run } from './run.js';
import { buildWasm } from './wasm.js';

const node = process.execPath;
const bin = (root, name) => join(root, 'node_modules', '.bin', name);

/** npm runs scripts in the checkout; FILE means what it meant where the operator stood. */
const calledFrom = (root) => process.env.INIT_CWD || root;

export const tasks = {
  build: { build: true, run: async () => ({ code: 0 }) },
  demo: {
    build: true,
    run: (root, args) =>
      run(node, [join(root, 'bin', 'run.js'), 'demo', ...args], {
        cwd: calledFrom(root),
        env: { HOLDFAST_PARENT_CHANNEL: '1' },
        channel: true,
      }),
  },
  test: { build: true, run: test },
  nodes: { build: true, run: nodes },
  fuzz: { build: true, run: fuzz },
  big: {
    build: true,
    run: (root, args) =>
      run(node, [join(root, 'scripts', 'big.js'), ...args], { cwd: calledFrom(root), channel: true }),
  },
  bench: { build: true, run: bench },
  sim: {
    build: true,
    run: (root, args) => run(node, [join(root, 'dist', 'test', 'sim', 'run.js'), ...args], { cwd: root }),
  },
  simulate: {
    build: true,
    run: (root, args) => run(node, [join(root, 'dist', 'test', 'simulate', 'run.js'), ...args], { cwd: root }),
  },
  'simulate:sweep': {
    build: true,
    run: (root, args) => run(node, [join(root, 'dist', 'test', 'simulate', 'sweep.js'), ...args], { cwd: root }),
  },
  soak: {
    build: true,
    run: (root, args) => run(node, [join(root, 'dist', 'test', 'sim', 'soak.js'), ...args], { cwd: root }),
  },
  check: { build: false, run: check },
  surface: {
    build: true,
    run: (root) => run(node, [join(root, 'dist', 'test', 'helpers', 'surface.js'), '--write'], { cwd: root }),
  },
};

async function test(root, args, env = {}) {
  const files = testFiles(root, args);
  if (files.length === 0) return { code: 2 };
  return run(node, [join(root, 'scripts', 'lib', 'suite.js'), ...files], { cwd: root, channel: true, env });
}

/** Arguments that are releases of Node.js pick among those, the others among the tests. */
async function nodes(root, args) {
  const releases = NODES.filter((release) => args.includes(release));
  const parts = args.filter((arg) => !NODES.includes(arg));
  const files = testFiles(root, parts);
  if (files.length === 0) return { code: 2 };
  return testOnNodes(root, files, releases.length > 0 ? releases : NODES);
}

/** Node 20's test runner takes files, not patterns. Arguments that name tests pick among them. */
function testFiles(root, args) {
  return [...filesUnder(join(root, 'dist', 'test'))]
    .map((file) => relative(root, file))
    .filter((file) => file.endsWith('.test.js') && (args.length === 0 || args.some((part) => file.includes(part))));
}

const FUZZ_RUNS_A_PASS = '1000';

/** Passes over the fuzz tests, each with new seeds, until the time is up or one fails: it prints its seed. */
async function fuzz(root, args) {
  const minutes = args.length === 0 ? 1 : Number(args[1]);
  if (args.length > 2 || (args.length > 0 && args[0] !== '--minutes') || !(minutes > 0)) {
    console.error('holdfast: error: npm run fuzz takes only --minutes, a number above 0');
    return { code: 2 };
  }
  const end = Date.now() + minutes * 60_000;
  let ending;
  do {
    ending = await test(root, ['fuzz'], { HOLDFAST_FUZZ_RUNS: FUZZ_RUNS_A_PASS });
  } while (ending.code === 0 && Date.now() < end);
  return ending;
}

/** Arguments up to the first flag pick among the benches; flags are theirs. */
async function bench(root, args) {
  const flags = args.findIndex((arg) => arg.startsWith('--'));
  const names = flags < 0 ? args : args.slice(0, flags);
  for (const file of filesUnder(join(root, 'dist', 'bench'))) {
    if (!file.endsWith('.bench.js')) continue;
    if (names.length > 0 && !names.some((part) => file.includes(part))) continue;
    const ending = await run(node, [file, ...args.slice(names.length)], { cwd: root });
    if (ending.code !== 0) return ending;
  }
  return { code: 0 };
}

async function check(root) {
  await buildWasm(root);
  const lint = await run(bin(root, 'biome'), ['check', '.'], { cwd: root });
  const types = await run(bin(root, 'tsc'), ['-p', '.', '--noEmit', '--incremental', 'false'], { cwd: root });
  return lint.code === 0 ? types : lint;
}
