// Compiles the WebAssembly (assembly/build), then everything with tsc (dist/src, dist/test, dist/bench), then
// bundles what ships (dist/cli).
// `--bundle-only --out DIR` writes the bundle alone to DIR/cli.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { writeCompletions } from './lib/completions.js';
import { filesUnder } from './lib/digest.js';
import { builtins, LAZY, lazyFile, lazyRequires, plainSort } from './lib/lazy.js';
import { noticesOf } from './lib/notices.js';
import { buildWasm } from './lib/wasm.js';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({ options: { 'bundle-only': { type: 'boolean' }, out: { type: 'string' } } });
const out = values.out ?? join(root, 'dist');

/** From nothing each time: an old test whose source is gone must not run. */
function compile() {
  for (const name of ['src', 'test', 'bench', '.tsbuildinfo'])
    rmSync(join(out, name), { recursive: true, force: true });
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const { status } = spawnSync(tsc, ['-p', root, '--outDir', out], { stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * The start of a command is mostly reading modules: so oclif and ours go into a few files, and each
 * command is a file of its own that only its own run loads. Packages with native parts or workers
 * stay where npm put them.
 */
async function bundle() {
  const { build } = await import('esbuild');
  const target = `${join(out, 'cli')}.${process.pid}`;
  const sources = [...filesUnder(join(root, 'src'))].filter((file) => file.endsWith('.ts'));
  const commandsDir = join(root, 'src', 'commands');
  const entryPoints = { main: join(root, 'src', 'lib', 'cli', 'main.ts') };
  for (const file of sources) {
    if (file.startsWith(`${commandsDir}/`)) entryPoints[join('commands', idOf(commandsDir, file))] = file;
    if (file.endsWith('.worker.ts')) entryPoints[basename(file, '.ts')] = file;
  }
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  // libp2p, too: as npm lays it out, a node's start spends three times as long on reading its modules.
  const apart = ['classic-level', 'sodium-native', 'pino', 'inquirer', 'ora'];
  const { metafile } = await build({
    entryPoints,
    metafile: true,
    outdir: target,
    entryNames: '[dir]/[name]',
    // Beside the entries, so that `new URL('./x.worker.js', import.meta.url)` finds a worker from any chunk.
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    ...small,
    plugins: [lazyRequires, plainSort, builtins],
    external: Object.keys(dependencies)
      .filter((name) => apart.includes(name))
      .flatMap((name) => [name, `${name}/*`]),
    banner: {
      js: "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url),requireLazy=require;",
    },
  });
  const inputs = Object.keys(metafile.inputs);
  for (const name of LAZY) inputs.push(...(await bundleLazy(build, name, join(target, lazyFile(name)))));
  writeFileSync(join(target, 'THIRD-PARTY-NOTICES'), noticesOf(root, inputs));
  await writeManifest(target);
  const old = `${target}.old`;
  if (existsSync(join(out, 'cli'))) renameSync(join(out, 'cli'), old);
  renameSync(target, join(out, 'cli'));
  rmSync(old, { recursive: true, force: true });
}

const small = {
  absWorkingDir: root,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
};

async function bundleLazy(build, name, outfile) {
  const contents = `module.exports = require(${JSON.stringify(name)});`;
  const resolveDir = join(root, 'node_modules', '@oclif', 'core', 'lib');
  const options = { outfile, bundle: true, format: 'cjs', platform: 'node', metafile: true, ...small };
  const { metafile } = await build({ stdin: { contents, resolveDir }, ...options });
  return Object.keys(metafile.inputs);
}

const idOf = (dir, file) => relative(dir, file).replace(/\.ts$/, '');

/** Every command's flags and operands, so that a start and a --help load no other command; and shells' completions. */
async function writeManifest(target) {
  const { manifest } = await import(join(target, 'main.js'));
  const written = await manifest();
  writeFileSync(join(target, 'oclif.manifest.json'), JSON.stringify(written));
  writeCompletions(written, join(target, 'completions'));
}

mkdirSync(out, { recursive: true });
await buildWasm(root);
if (!values['bundle-only']) compile();
await bundle();
