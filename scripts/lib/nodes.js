import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { run } from './run.js';

/** The releases holdfast supports, oldest first. */
export const NODES = ['20', '22', '24', '26'];

/** npm carries every release as a package a platform: the binary, and no scripts to run. */
const PACKAGE = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
const BINARY = process.platform === 'win32' ? 'node.exe' : 'node';

/** Fetched once, by way of whatever registry npm is set to, into a folder that a reinstall clears. */
async function fetchNode(root, release) {
  const folder = join(root, 'node_modules', '.cache', 'holdfast-nodes', release);
  const binary = join(folder, 'node_modules', PACKAGE, 'bin', BINARY);
  if (versionOf(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const options = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
  const args = ['install', '--prefix', folder, ...options, `${PACKAGE}@${release}`];
  const { code } = await run('npm', args, { cwd: root, quiet: true });
  return code === 0 && versionOf(binary) ? binary : undefined;
}

function versionOf(binary) {
  const { status, stdout } = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** One line of NDJSON each on stdout, the reports on stderr. Ends with the worst of the exit codes. */
export async function testOnNodes(root, files, releases) {
  let worst = 0;
  for (const release of releases) {
    const { code, ...result } = await testOn(root, files, release);
    process.stdout.write(`${JSON.stringify({ type: 'node', release, ...result, code })}\n`);
    worst = Math.max(worst, code);
    if (code > 128) break;
  }
  return { code: worst };
}

async function testOn(root, files, release) {
  const binary = await fetchNode(root, release);
  if (!binary) return { error: `npm has no ${PACKAGE}@${release}`, code: 1 };
  const began = performance.now();
  const ending = await run(binary, [join(root, 'scripts', 'lib', 'suite.js'), ...files], {
    cwd: root,
    // What a test starts by name is this Node.js, too.
    env: { PATH: `${dirname(binary)}${delimiter}${process.env.PATH}` },
    quiet: true,
    channel: true,
  });
  const seconds = Math.round((performance.now() - began) / 1e3);
  const code = ending.signal ? 128 + constants.signals[ending.signal] : ending.code;
  return { version: versionOf(binary), ...ending.message, seconds, code };
}
