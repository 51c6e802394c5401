import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findSupervisor } from '../../src/lib/cli/sd-notify.js';
import { cleanEnv, holdfastCommand } from '../helpers/cli.js';
import { yard } from '../helpers/processes.js';
import { Solo } from '../helpers/solo.js';
import { tempDir } from '../helpers/temp.js';
import { needTool } from '../helpers/tools.js';

const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({ NOTIFY_SOCKET: '/run/n', ...more });

function told(env: NodeJS.ProcessEnv) {
  const sent: (readonly string[])[] = [];
  return { sent, supervisor: findSupervisor(env, 7, (assignments) => sent.push(assignments)) };
}

test('ready, the watchdog in half its time, what changed, and the end', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const env = environment({ WATCHDOG_USEC: '20000000', WATCHDOG_PID: '7' });
  const { sent, supervisor } = told(env);
  let state = 'height 1';
  supervisor.ready(() => state);
  t.mock.timers.tick(10_000);
  state = 'height 2\nREADY=0';
  t.mock.timers.tick(10_000);
  supervisor.stopping();
  t.mock.timers.tick(60_000);
  assert.deepEqual(sent, [
    ['READY=1', 'STATUS=height 1'],
    ['WATCHDOG=1'],
    ['WATCHDOG=1', 'STATUS=height 2 READY=0'],
    ['STOPPING=1', 'STATUS=finishing what is under way'],
  ]);
  assert.deepEqual(env, {}, 'children have nothing to tell');
});

test('no watchdog was asked for, or of another process: what changed alone is told', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  for (const more of [{}, { WATCHDOG_USEC: '20000000', WATCHDOG_PID: '8' }, { WATCHDOG_USEC: '0' }]) {
    const { sent, supervisor } = told(environment(more));
    let state = 'a';
    supervisor.ready(() => state);
    t.mock.timers.tick(60_000);
    state = 'b';
    t.mock.timers.tick(60_000);
    assert.deepEqual(sent, [['READY=1', 'STATUS=a'], ['STATUS=b']]);
  }
});

test('nobody asked: nothing is started', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const supervisor = findSupervisor({ PATH: '/nowhere' }, 7);
  supervisor.ready(() => assert.fail('asked for a line'));
  t.mock.timers.tick(600_000);
  supervisor.stopping();
});

const PATIENCE_MS = 30_000;

/** Waits until the file has the text. */
async function written(file: string, wanted: RegExp): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !wanted.test(readFileSync(file, 'utf8')); await sleep(20)) {
    if (Date.now() > deadline) assert.match(readFileSync(file, 'utf8'), wanted);
  }
}

/** A stand-in for systemd-notify(1) that writes down what it was told, a line each time. */
function standIn(dir: string): { log: string; env: Record<string, string> } {
  const bin = join(dir, 'bin');
  const log = join(dir, 'notified');
  mkdirSync(bin);
  writeFileSync(log, '');
  writeFileSync(join(bin, 'systemd-notify'), `#!/bin/sh\nprintf '%s\\n' "$NOTIFY_SOCKET $*" >> '${log}'\n`);
  chmodSync(join(bin, 'systemd-notify'), 0o755);
  const path = [bin, process.env.PATH].join(delimiter);
  return { log, env: { PATH: path, NOTIFY_SOCKET: '@systemd', WATCHDOG_USEC: '400000' } };
}

test('a node and a controller tell systemd that they serve, live and end', async (t) => {
  const { dir } = await yard(t);
  const solo = await Solo.create(dir);
  const run = (args: string[], env: Record<string, string>): ChildProcess =>
    spawn(holdfastCommand()[0], [holdfastCommand()[1], ...args], {
      ...{ env: cleanEnv({ home: solo.home, env }), stdio: 'ignore' },
    });
  mkdirSync(join(dir, 'of-node'));
  mkdirSync(join(dir, 'of-controller'));
  const [a, b] = [standIn(join(dir, 'of-node')), standIn(join(dir, 'of-controller'))];
  const node = run(['node', 'start', ...solo.flags(...solo.unlocked)], a.env);
  await written(a.log, /^@systemd READY=1 STATUS=solo: height \d+, 0 peers, not synced$/m);
  const controller = run(['controller', 'start'], b.env);
  await written(b.log, /^@systemd READY=1 STATUS=/m);
  for (const { log } of [a, b]) await written(log, /^@systemd WATCHDOG=1/m);
  for (const [child, { log }] of [
    [controller, b],
    [node, a],
  ] as const) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const [status] = await ended;
    assert.equal(status, 0);
    await written(log, /^@systemd STOPPING=1 STATUS=finishing what is under way$/m);
  }
});

test('the datagrams that systemd reads', async (t) => {
  if (!needTool(t, 'systemd-socket-activate') || !needTool(t, 'systemd-notify')) return;
  const socket = join(tempDir(t), 'notify');
  // Reads each datagram as one read(2), and shows it.
  const reader = spawn('systemd-socket-activate', ['--datagram', '-l', socket, 'sh', '-c', 'exec cat <&3'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const gone = once(reader, 'close');
  t.after(async () => {
    reader.kill('SIGKILL');
    await gone;
  });
  await once(reader.stderr!, 'data');
  const supervisor = findSupervisor({ PATH: process.env.PATH, NOTIFY_SOCKET: socket }, process.pid);
  supervisor.ready(() => 'height 5');
  let text = '';
  reader.stdout!.on('data', (chunk) => {
    text += chunk;
  });
  for (const deadline = Date.now() + PATIENCE_MS; !/STATUS=/.test(text) && Date.now() < deadline; ) await sleep(20);
  assert.match(text, /^READY=1\nSTATUS=height 5/);
  supervisor.stopping();
});
