import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { runProgram } from './helpers/cli.js';
import { yard } from './helpers/processes.js';
import { projectRoot } from './helpers/root.js';
import { tempDir } from './helpers/temp.js';
import { needTool } from './helpers/tools.js';

/** npm as it is set up on this machine: with its registry and its cache. */
function npm(args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NODE_OPTIONS: '', npm_config_update_notifier: 'false' };
    const child = spawn('npm', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const parts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        parts[name] += text;
      });
    }
    child.once('error', reject);
    child.once('close', (status) => (status === 0 ? resolve(parts.stdout) : reject(new Error(parts.stderr))));
  });
}

/** The tarball of what was built. */
async function packed(dir: string): Promise<{ file: string; names: string[] }> {
  const text = await npm(['pack', '--ignore-scripts', '--json', '--pack-destination', dir], projectRoot());
  const [{ filename, files }] = JSON.parse(text) as [{ filename: string; files: { path: string }[] }];
  return { file: join(dir, filename), names: files.map(({ path }) => path) };
}

test('the tarball has what runs, its pages, schemas, units, completions and licences, and nothing else', async (t) => {
  const { names } = await packed(tempDir(t));
  const all = (folder: string) => readdirSync(join(projectRoot(), folder)).map((name) => `${folder}/${name}`);
  const wanted = [
    ...['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'bin/run.js', 'dist/cli/main.js'],
    ...['dist/cli/oclif.manifest.json', 'dist/cli/THIRD-PARTY-NOTICES'],
    ...['man', 'schemas', 'units', 'dist/cli/completions'].flatMap(all),
  ];
  for (const name of wanted) assert.ok(names.includes(name), name);
  const places = /^(?:package\.json|[A-Z]+(?:\.md)?|bin\/|dist\/cli\/|man\/|schemas\/|units\/)/;
  assert.deepEqual(
    names.filter((name) => !places.test(name)),
    [],
  );
});

test('every package in the bundle is named with its licence', () => {
  const text = readFileSync(join(projectRoot(), 'dist', 'cli', 'THIRD-PARTY-NOTICES'), 'utf8');
  const titles = [...text.matchAll(/^-{78}\n\n(.+) \S+ \((.+)\)$/gm)].map(([, name, licence]) => [name!, licence!]);
  const free = /^\(?(?:MIT|ISC|0BSD|BSD-\d-Clause|Apache-2\.0|Unlicense|BlueOak-1\.0\.0)(?: (?:OR|AND) .*)?$/;
  for (const [name, licence] of titles) assert.match(licence!, free, name);
  const names = titles.map(([name]) => name);
  for (const name of ['@oclif/core', 'libp2p', '@noble/curves', 'valibot', 'cborg']) assert.ok(names.includes(name));
});

test('installed in a clean prefix, the program, its pages and what it prints are there at once', async (t) => {
  const { dir } = await yard(t);
  const { file } = await packed(dir);
  const prefix = join(dir, 'prefix');
  await npm(['install', '-g', '--prefix', prefix, '--prefer-offline', '--no-audit', '--no-fund', file], dir);
  const env = { PATH: [join(prefix, 'bin'), process.env.PATH].join(delimiter) };
  const run = (...words: string[]) => runProgram(words[0]!, words.slice(1), { home: dir, env, cwd: dir });
  const { version } = JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')) as { version: string };
  assert.equal((await run('holdfast', '--version')).stdout, `holdfast ${version}\n`);
  const units = await run('holdfast', 'doctor', '--print-units', '-q');
  assert.deepEqual([units.stdout.split('\n').length, units.stderr], [4, '']);
  const installed = join(prefix, 'lib', 'node_modules', 'holdfast');
  assert.deepEqual(readdirSync(join(installed, 'dist', 'cli', 'completions')).sort(), [
    '_holdfast',
    'holdfast.bash',
    'holdfast.fish',
  ]);

  // Native parts, workers and the WebAssembly are found from there, too.
  assert.equal((await run('holdfast', 'network', 'create', '--preset', 'devnet', 'toy')).status, 0);
  const started = await run(
    'holdfast',
    'node',
    'start',
    '--network',
    'toy',
    '--listen',
    '/ip4/127.0.0.1/tcp/0',
    '--detach',
  );
  assert.deepEqual([started.stderr, started.status], ['', 0]);
  assert.equal((await run('holdfast', 'node', 'stop')).status, 0);

  if (!needTool(t, 'man')) return;
  for (const page of ['holdfast', 'holdfast-blob-put', 'holdfast-layout']) {
    const shown = await runProgram('man', [page], { home: dir, env: { ...env, MANPAGER: 'cat', MANWIDTH: '80' } });
    assert.equal(shown.status, 0, shown.stderr);
    assert.match(shown.stdout, new RegExp(`${page.toUpperCase()}\\(\\d\\)`));
    assert.match((await run('man', '-w', page)).stdout, new RegExp(`^${prefix}/`));
  }
});
