// `node scripts/setup.js TASK [ARGUMENT…]`: installs and builds what is missing, then does the task.
// Plain JavaScript without dependencies, since a clean clone has none. Everything that is not the
// task's own output goes to stderr.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf, digestOfSources } from './lib/digest.js';
import { exclusively } from './lib/exclusive.js';
import { finish, run } from './lib/run.js';
import { tasks } from './lib/tasks.js';

const root = join(import.meta.dirname, '..');

async function install() {
  const stamp = join(root, 'node_modules', '.holdfast-installed');
  const wanted = `${digestOf(join(root, 'package-lock.json'))} ${process.platform}-${process.arch}`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === wanted) return;
  await must(run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, quiet: true }));
  writeFileSync(stamp, `${wanted}\n`);
}

async function build() {
  const stamp = join(root, 'dist', '.built');
  const wanted = digestOfSources(root);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === wanted) return;
  await must(run(process.execPath, [join(root, 'scripts', 'build.js')], { cwd: root, quiet: true }));
  writeFileSync(stamp, `${wanted}\n`);
}

async function must(ending) {
  const { code, signal } = await ending;
  if (code !== 0) finish({ code: code ?? 1, signal });
}

const [name, ...rest] = process.argv.slice(2);
const task = tasks[name];
if (!task) {
  console.error(`holdfast: error: no such task: ${name}`);
  console.error(`holdfast: hint: one of ${Object.keys(tasks).join(', ')}`);
  process.exit(2);
}
await exclusively(root, async () => {
  await install();
  if (task.build) await build();
});
finish(await task.run(root, rest));
