import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ReorgRecord } from '../../src/lib/rpc/records.js';
import { cleanEnv, holdfast, holdfastCommand, jsonLines, onTerminal, shell } from '../helpers/cli.js';
import { tempDir } from '../helpers/temp.js';
import { needTool } from '../helpers/tools.js';
import { deferred, served } from '../rpc/served.js';

test('success is silent off a terminal; a maker prints its id alone', async (t) => {
  const home = tempDir(t);
  const made = await holdfast(['network', 'create', 'one', '--preset', 'devnet'], { home });
  assert.equal(made.status, 0);
  assert.match(made.stdout, /^[0-9a-f]{64}\n$/);
  assert.equal(made.stderr, '');
});

test('a list: tab-separated without a header, ids with -q, NDJSON with --json', async (t) => {
  const home = tempDir(t);
  const id = (await holdfast(['network', 'create', 'one'], { home })).stdout.trim();
  const file = join(home, 'networks', 'one.json');
  assert.equal((await holdfast(['network', 'ls'], { home })).stdout, `one\t${id}\t${file}\n`);
  assert.equal((await holdfast(['network', 'ls', '-q'], { home })).stdout, `${id}\n`);
  const [record] = jsonLines((await holdfast(['network', 'ls', '--json'], { home })).stdout);
  assert.deepEqual(record, { type: 'network', name: 'one', network_id: id, file });
});

test('an empty list is no lines, exit 0', async (t) => {
  for (const flags of [[], ['-q'], ['--json']]) {
    const ran = await holdfast(['network', 'ls', ...flags], { home: tempDir(t) });
    assert.deepEqual([ran.status, ran.stdout, ran.stderr], [0, '', '']);
  }
});

test('on a terminal a list is a table with a header, and a note says where things went', async (t) => {
  if (!needTool(t, 'script')) return;
  const home = tempDir(t);
  const made = await onTerminal('network create one', { home });
  assert.match(made.stdout, /^[0-9a-f]{64}\r\nwrote /);
  const list = await onTerminal('network ls', { home, env: { NO_COLOR: '1' } });
  assert.match(list.stdout, /NAME +ID +FILE/);
  assert.ok(!list.stdout.includes('\t'));
});

test('colour is obeyed: none with NO_COLOR, or TERM=dumb, or off a terminal', async (t) => {
  if (!needTool(t, 'script')) return;
  const home = tempDir(t);
  await holdfast(['network', 'create', 'one'], { home });
  const styled = '\u001b[';
  assert.ok((await onTerminal('network ls', { home })).stdout.includes(styled));
  assert.ok(!(await onTerminal('network ls', { home, env: { NO_COLOR: '1' } })).stdout.includes(styled));
  assert.ok(!(await onTerminal('network ls', { home, env: { TERM: 'dumb' } })).stdout.includes(styled));
  assert.ok(!(await holdfast(['network', 'ls'], { home, env: { FORCE_COLOR: '1' } })).stdout.includes(styled));
});

test('a closed pipe ends the command with 141, silently', async (t) => {
  const home = tempDir(t);
  await holdfast(['network', 'create', 'one'], { home });
  // true closes its stdin at once; the sleep lets it end before the first line is written.
  const ran = await shell('(sleep 0.3; holdfast network show one) | true; echo $PIPESTATUS', { home });
  assert.deepEqual([ran.stdout, ran.stderr], ['141\n', '']);
});

test('head -1 gets its line', async (t) => {
  const home = tempDir(t);
  await holdfast(['network', 'create', 'one'], { home });
  const ran = await shell(
    'set -o pipefail; holdfast network show one | head -1; case $? in 0|141) ;; *) exit 9;; esac',
    { home },
  );
  assert.deepEqual([ran.status, ran.stdout, ran.stderr], [0, 'name\tone\n', '']);
});

test('a full disk behind stdout is exit 14, not success', async (t) => {
  if (!existsSync('/dev/full')) return t.skip('no /dev/full here');
  const home = tempDir(t);
  await holdfast(['network', 'create', 'one'], { home });
  const ran = await shell('holdfast network ls > /dev/full', { home });
  assert.equal(ran.status, 14);
  assert.match(ran.stderr, /^holdfast: error: cannot write to stdout: no space left/);
});

test('stdin is left alone by a command that does not read it', async (t) => {
  const ran = await shell('(holdfast network ls; cat) < <(printf "for the next\\n")', { home: tempDir(t) });
  assert.equal(ran.stdout, 'for the next\n');
});

test('an absent operand is not filled from stdin', async (t) => {
  const ran = await holdfast(['network', 'show'], { home: tempDir(t), input: 'main\n' });
  assert.equal(ran.status, 2);
});

test('a command that follows ends with its reader, by 141', async (t) => {
  const { dir } = await served(t, { 'chain.tail': () => reorgs(Number.POSITIVE_INFINITY) });
  const ran = await shell('holdfast chain tail --follow --json | head -1; echo $PIPESTATUS', { home: dir });
  assert.match(ran.stdout, /^\{"type":"reorg".*\}\n141\n$/);
  assert.equal(ran.stderr, '');
});

test('SIGINT and SIGTERM end a waiting command as the shell expects', async (t) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const called = deferred();
    const { dir } = await served(t, {
      'chain.tail': () => {
        called.resolve();
        return reorgs(0, new Promise(() => {}));
      },
    });
    const [program, script] = holdfastCommand();
    const child = spawn(program, [script, 'chain', 'tail', '--follow'], { env: cleanEnv({ home: dir }) });
    const closed = new Promise((resolve) => child.once('close', (code, by) => resolve(by ?? code)));
    await called.promise;
    child.kill(signal);
    assert.equal(await closed, signal);
  }
});

async function* reorgs(count: number, then: Promise<void> = Promise.resolve()): AsyncGenerator<ReorgRecord> {
  const id = 'ab'.repeat(32);
  for (let depth = 0; depth < count; depth++) yield { type: 'reorg', depth, from: id, to: id, fork_height: 0 };
  await then;
}

test('--version is one line, before anything else is loaded', async () => {
  const ran = await holdfast(['--version']);
  assert.match(ran.stdout, /^holdfast \d+\.\d+\.\d+\n$/);
  assert.equal((await holdfast(['version'])).stdout, ran.stdout);
});

test('help is short, on stdout, and names the page', async (t) => {
  const home = tempDir(t);
  const help = await holdfast(['network', 'create', '--help'], { home });
  assert.equal(help.status, 0);
  assert.match(help.stdout, /^Usage: holdfast network create /);
  assert.match(help.stdout, /\n\nSee holdfast-network-create\(1\)\n$/);
  assert.ok(help.stdout.split('\n').length < 40);
  assert.equal((await holdfast(['network', 'create', '-h'], { home })).stdout, help.stdout);
  assert.equal((await holdfast(['help', 'network', 'create'], { home })).stdout, help.stdout);
  assert.match((await holdfast([], { home })).stdout, /See holdfast\(1\)\n$/);
  assert.match((await holdfast(['network', '--help'], { home })).stdout, /network show/);
});
