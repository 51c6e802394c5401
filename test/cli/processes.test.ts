import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cleanEnv, holdfastCommand } from '../helpers/cli.js';
import { described, type Yard, yard } from '../helpers/processes.js';
import { projectRoot } from '../helpers/root.js';
import { failed, Solo, succeeded } from '../helpers/solo.js';

/** Children end when their parent's channel closes, and drain: their patience with what is under way is 2 s. */
const GONE_MS = 15_000;

async function nothingLeft({ quiet }: Yard): Promise<void> {
  const left = await quiet(GONE_MS);
  assert.deepEqual(left, [], described(left));
}

/** Starts a program that will have many children, and waits until so many processes run. */
async function grown({ dir, running }: Yard, args: string[], wanted: number): Promise<ChildProcess> {
  const tmp = join(dir, 'tmp');
  mkdirSync(tmp);
  const child = spawn(process.execPath, args, { env: cleanEnv({ home: dir, env: { TMPDIR: tmp } }), stdio: 'ignore' });
  for (const deadline = Date.now() + 60_000; running().length < wanted; await sleep(50)) {
    assert.ok(Date.now() < deadline && child.exitCode === null, `${wanted} processes never ran`);
  }
  return child;
}

test('kill -9 of a devnet’s supervisor ends its nodes and controllers', async (t) => {
  const place = await yard(t);
  const net = join(place.dir, 'net');
  const args = [holdfastCommand()[1], 'devnet', 'start', '--stewards', '1', '--dir', net];
  // Three nodes, two controllers of their own, and itself.
  const supervisor = await grown(place, args, 6);
  supervisor.kill('SIGKILL');
  await nothingLeft(place);
});

test('SIGTERM ends a devnet that is still starting, and leaves nothing of its throwaway chain', async (t) => {
  const place = await yard(t);
  const net = join(place.dir, 'net');
  const supervisor = await grown(place, [holdfastCommand()[1], 'devnet', 'start', '--stewards', '2', '--dir', net], 3);
  assert.equal(await ended(supervisor, 'SIGTERM'), 0);
  await nothingLeft(place);
  assert.deepEqual(readdirSync(net), []);
});

test('kill -9 of the parent of the demo leaves nothing running, and nothing on the disk', async (t) => {
  const place = await yard(t);
  const file = join(place.dir, 'file');
  writeFileSync(file, 'x'.repeat(1000));
  // As `npm run demo` does it.
  const tasks = JSON.stringify(join(projectRoot(), 'scripts', 'lib', 'tasks.js'));
  const words = JSON.stringify([file, '--json', '--stewards', '12']);
  const script = `import(${tasks}).then(({ tasks }) => tasks.demo.run(${JSON.stringify(projectRoot())}, ${words}))`;
  // The parent, the demo, the devnet, and the first nodes.
  const parent = await grown(place, ['-e', script], 7);
  parent.kill('SIGKILL');
  await nothingLeft(place);
  assert.deepEqual(readdirSync(join(place.dir, 'tmp')), []);
});

test('one node: started, waited for, locked, killed, restarted, drained, stopped', async (t) => {
  const place = await yard(t);
  const solo = await Solo.create(place.dir);
  const { pid } = await solo.start(...solo.unlocked, ...solo.mining);

  await t.test('it runs detached, in a private directory, with a private socket', async () => {
    succeeded(await solo.run(['node', 'wait', '--timeout', '60s']));
    assert.ok(existsSync(`/proc/${pid}`));
    assert.equal(statSync(solo.home).mode & 0o777, 0o700);
    assert.equal(statSync(join(solo.home, 'node.sock')).mode & 0o777, 0o600);
    assert.equal(statSync(join(solo.home, 'wallet.key')).mode & 0o777, 0o600);
  });

  await t.test('a second node on its directory is 11, in the foreground and detached', async () => {
    failed(await solo.run(['node', 'start', ...solo.flags(...solo.unlocked)]), 11, /in use by another process/);
    failed(await solo.run(['node', 'start', '--detach', ...solo.flags()]), 11, /in use by another process/);
    assert.equal((await solo.rpc.call('node.status', {})).pid, pid);
  });

  await t.test('a second controller on its directory is 11, also after --wait-lock', async () => {
    const controller = start(solo, 'controller', 'start');
    await once(controller, 'message');
    failed(await solo.run(['controller', 'start']), 11, /in use by another process/);
    const began = Date.now();
    failed(await solo.run(['controller', 'tick', '--yes', '--wait-lock', '1s']), 11, /in use by another process/);
    assert.ok(Date.now() - began >= 1000);
    const patient = solo.run(['controller', 'tick', '--yes', '--wait-lock', '30s']);
    await sleep(500);
    assert.equal(await ended(controller, 'SIGTERM'), 0);
    succeeded(await patient);
  });

  await t.test('kill -9 in the middle of things: the same tip or a newer one, the books intact', () => killed(solo));

  await t.test('a stale socket breaks nothing that needs no node', () => stale(solo));

  await t.test('SIGTERM drains: what is under way ends well, and the status is 0', () => drained(solo));

  await t.test('node stop returns when it has ended; again is 10', async () => {
    const { pid } = await solo.start();
    await solo.stop();
    assert.ok(!existsSync(`/proc/${pid}`) || /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
    failed(await solo.run(['node', 'stop']), 10, /no node is listening/);
  });

  await nothingLeft(place);
});

async function killed(solo: Solo): Promise<void> {
  await solo.height(3);
  const put = await solo.run(['file', 'put', '--shares', '2/3', '-'], { input: 'y'.repeat(10_000) });
  succeeded(put);
  const send = ['wallet', 'send', '--to', solo.address, '--amount', '1', '--max-spend', '2'];
  const known: string[] = [];
  for (let round = 0; round < 3; round++) {
    const sent = await solo.run([...send, '--request-id', `round-${round}`]);
    succeeded(sent);
    known.push(sent.stdout);
    const before = await solo.books();
    const { height, tip } = await solo.rpc.call('chain.status', {});
    // Right now, wherever mining and writing are: a moment more or less each time.
    await sleep(50 * round);
    await solo.kill();
    await solo.start(...solo.unlocked, ...solo.mining);
    const blocks = (await solo.run(['chain', 'tail', '-n', '10000', '-q'])).stdout.split('\n');
    assert.ok(blocks.includes(tip), 'the tip before is in the chain after');
    assert.ok((await solo.rpc.call('chain.status', {})).height >= height);
    const after = await solo.books();
    assert.deepEqual(after.blobs, before.blobs);
    assert.deepEqual(after.files, before.files);
    const history = before.history as unknown[];
    assert.deepEqual((after.history as unknown[]).slice(0, history.length), history);
    for (const [i, txid] of known.entries()) {
      assert.equal((await solo.run([...send, '--request-id', `round-${i}`])).stdout, txid, 'and pays nothing again');
    }
  }
  const { height } = await solo.rpc.call('chain.status', {});
  await solo.height(height + 6);
  const paid = (await solo.run(['wallet', 'history', '--kind', 'transfer', '--json'])).stdout;
  for (const txid of known)
    assert.equal(paid.split(txid.trim()).length - 1, 2, `${txid} left once and came once:\n${paid}`);
}

async function stale(solo: Solo): Promise<void> {
  await solo.kill();
  assert.ok(existsSync(join(solo.home, 'node.sock')));
  const out = join(solo.dir, 'shares');
  const encoded = await solo.run(['file', 'encode', '--shares', '2/3', '--out', out, '-'], { input: 'z'.repeat(1000) });
  succeeded(encoded);
  const decoded = await solo.run(['file', 'decode', '--from', out, '-'], { input: encoded.stdout });
  assert.equal(decoded.stdout, 'z'.repeat(1000));
  succeeded(await solo.run(['network', 'ls']));
  succeeded(await solo.run(['blob', 'check', '--challenge', '00'.repeat(32), '-'], { input: 'bytes' }));
  failed(await solo.run(['chain', 'status']), 10, /no node is listening/);
  const doctor = await solo.run(['doctor']);
  assert.equal(doctor.status, 1);
  assert.match(doctor.stdout, /^warning\tsocket\t.* is left over/m);
}

async function drained(solo: Solo): Promise<void> {
  const node = start(solo, 'node', 'start', ...solo.flags(...solo.unlocked, ...solo.mining));
  succeeded(await solo.run(['node', 'wait', '--timeout', '60s']));
  const follower = start(solo, 'chain', 'tail', '--follow');
  await said(follower, 'stdout', /^block/);
  const putting = start(solo, 'blob', 'put', '-');
  const uuid = said(putting, 'stdout', /^[0-9a-f]{64}\n/);
  // More than a pipe and the command hold between them: once it is written, the node is at it.
  const half = 'half of it, '.repeat(400_000);
  await new Promise((resolve) => putting.stdin!.write(half, resolve));
  const status = ended(node, 'SIGTERM');
  await sleep(200);
  putting.stdin!.end('and the rest');
  assert.equal(await status, 0);
  assert.ok(!existsSync(join(solo.home, 'node.sock')));
  await solo.start(...solo.unlocked);
  const got = await solo.run(['blob', 'get', (await uuid).trim()]);
  assert.ok(got.stdout === `${half}and the rest`, `${got.stdout.length} characters came back`);
  await solo.stop();
}

/** A command in the foreground; daemons say over the channel when they are ready. */
function start(solo: Solo, ...args: string[]): ChildProcess {
  const [program, script] = holdfastCommand();
  return spawn(program, [script, ...args], {
    env: cleanEnv({ home: solo.home }),
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
  });
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const closed = once(child, 'close');
  child.kill(signal);
  const [status] = (await closed) as [number | null];
  return status;
}

async function said(child: ChildProcess, stream: 'stdout' | 'stderr', wanted: RegExp): Promise<string> {
  let text = '';
  for await (const chunk of child[stream]!.iterator({ destroyOnReturn: false })) {
    text += chunk;
    const [found] = wanted.exec(text) ?? [];
    if (found !== undefined) return found;
  }
  throw new Error(`it ended without ${wanted}: ${text}`);
}
