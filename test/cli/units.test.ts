import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fit } from '../../src/lib/cli/units.js';
import { holdfast, jsonLines, runProgram } from '../helpers/cli.js';
import { projectRoot } from '../helpers/root.js';
import { commands } from '../helpers/surface.js';
import { tempDir } from '../helpers/temp.js';
import { needTool } from '../helpers/tools.js';

const NAMES = ['crontab', 'holdfast-controller.service', 'holdfast-node.service'];
const source = (name: string) => readFileSync(join(projectRoot(), 'units', name), 'utf8');
const SHOWN_IN = {
  'holdfast-node.service': 'holdfast-node-start.1',
  'holdfast-controller.service': 'holdfast-controller-start.1',
  crontab: 'holdfast-controller-tick.1',
};

/** What a page shows in literal displays, as a reader sees it. */
function literals(page: string): string[] {
  const text = readFileSync(join(projectRoot(), 'man', page), 'utf8');
  return [...text.matchAll(/^\.Bd -literal[^\n]*\n([\s\S]*?)^\.Ed$/gm)].map(([, body]) =>
    body!.replaceAll('\\(aq', "'").replaceAll('\\e', '\\'),
  );
}

test('the pages show the units as they are printed', () => {
  assert.deepEqual(readdirSync(join(projectRoot(), 'units')).sort(), NAMES);
  for (const [name, page] of Object.entries(SHOWN_IN)) assert.ok(literals(page).includes(source(name)), page);
});

test('every command line in them is one that holdfast takes', async () => {
  const known = await commands();
  const lines = NAMES.flatMap((name) => [...source(name).matchAll(/\/usr\/local\/bin\/holdfast ([^|\n]*)/g)]);
  assert.equal(lines.length, 6);
  for (const [, line] of lines) {
    const words = line!.trim().split(/\s+/);
    const found = known.find(({ id }) => id === words[0] || id === `${words[0]}:${words[1]}`);
    assert.ok(found, line);
    const flags = { ...found.command.baseFlags, ...found.command.flags };
    for (const [, name] of line!.matchAll(/ --([\w-]+)/g)) assert.ok(flags[name!], `${line}: --${name}`);
  }
});

test('systemd finds nothing to complain about', async (t) => {
  if (!needTool(t, 'systemd-analyze')) return;
  const dir = tempDir(t);
  const printed = await holdfast(['doctor', '--print-units', '--json', '--home', join(dir, 'a home')], { home: dir });
  assert.deepEqual([printed.status, printed.stderr], [0, '']);
  const found = jsonLines(printed.stdout) as { name: string; path: string; text: string }[];
  assert.deepEqual(found.map(({ name }) => name).sort(), NAMES);
  const services = found.filter(({ name }) => name !== 'crontab');
  const files = services.map(({ name, text }) => {
    assert.ok(text.includes(`${process.execPath} ${join(projectRoot(), 'bin', 'run.js')} `), text);
    // Where the pages are not installed, they are not found.
    writeFileSync(join(dir, name), text.replace(/^Documentation=.*\n/m, ''));
    return join(dir, name);
  });
  const env = { XDG_RUNTIME_DIR: dir };
  const ran = await runProgram('systemd-analyze', ['verify', '--user', ...files], { env, home: dir });
  assert.deepEqual([ran.status, ran.stdout + ran.stderr], [0, '']);
});

test('for a person each stands under where it goes; without --home, and with nothing else named, as it is', async (t) => {
  const { stdout, stderr } = await holdfast(['doctor', '--print-units'], { env: { HOME: tempDir(t) } });
  assert.equal(stderr, '');
  const program = `${process.execPath} ${join(projectRoot(), 'bin', 'run.js')}`;
  const paths = ['~/.config/systemd/user/holdfast-node.service', '~/.config/systemd/user/holdfast-controller.service'];
  const [node, controller, crontab] = ['holdfast-node.service', 'holdfast-controller.service', 'crontab'].map((name) =>
    source(name).replaceAll('/usr/local/bin/holdfast', program),
  );
  assert.equal(stdout, `# ${paths[0]}\n${node}\n# ${paths[1]}\n${controller}\n# crontab -e\n${crontab}\n`);
});

test('what systemd and cron would read as more than text is told them as text', () => {
  const unit = '[Service]\nExecStart=/usr/local/bin/holdfast node start\n';
  const command = ['/opt/my $node/bin/node', '/opt/100%/run.js'];
  assert.equal(
    fit(unit, false, command, '/mnt/50% "a"'),
    '[Service]\nEnvironment="HOLDFAST_HOME=/mnt/50%% \\"a\\""\nExecStart="/opt/my \\$node/bin/node" /opt/100%%/run.js node start\n',
  );
  assert.equal(
    fit('@reboot /usr/local/bin/holdfast node start\n', true, command, '/mnt/50%'),
    'HOLDFAST_HOME=/mnt/50%\n@reboot "/opt/my \\$node/bin/node" /opt/100\\%/run.js node start\n',
  );
  assert.equal(fit(unit, false, ['/bin/holdfast'], undefined), unit.replace('/usr/local', ''));
});

test('a shell reads the program of a crontab as it is', async () => {
  const odd = '/tmp/a "b" $HOME `c` \\d';
  const line = fit('/usr/local/bin/holdfast', true, ['printf', '%s', odd], undefined).replaceAll('\\%', '%');
  assert.equal((await runProgram('/bin/sh', ['-c', line])).stdout, odd);
});
