import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { holdfastCommand, jsonLines, type Ran, runProgram } from '../helpers/cli.js';
import { needMounts } from '../helpers/mounts.js';
import { yard } from '../helpers/processes.js';
import { Solo } from '../helpers/solo.js';
import { tempDir } from '../helpers/temp.js';

interface Finding {
  check: string;
  level: string;
  message: string;
}

const findings = ({ stdout }: Ran) =>
  new Map((jsonLines(stdout) as unknown as Finding[]).map((found) => [found.check, found]));

test('a disk that is nearly full', async (t) => {
  const within = needMounts(t);
  if (!within) return;
  const home = join(tempDir(t), 'home');
  mkdirSync(home, { mode: 0o700 });
  const [program, ...args] = within;
  const command = `'${holdfastCommand().join("' '")}' doctor --json --home '${home}'`;
  for (const [size, level] of [
    ['64m', 'error'],
    ['1g', 'warning'],
  ]) {
    const line = `mount -t tmpfs -o mode=700,size=${size} tmpfs '${home}' && ${command}`;
    const found = findings(await runProgram(program!, [...args, 'sh', '-c', line])).get('disk');
    assert.equal(found?.level, level, size);
    assert.match(found!.message, /GiB free for/);
  }
});

test('a clock that nothing keeps, as timedatectl tells', async (t) => {
  const dir = tempDir(t);
  const asked = join(dir, 'timedatectl');
  const env = { PATH: [dir, process.env.PATH].join(delimiter) };
  for (const [said, level] of [
    ['no', 'warning'],
    ['yes', 'ok'],
    ['Failed to connect to bus', undefined],
  ]) {
    writeFileSync(asked, `#!/bin/sh\ntest "$*" = 'show --property=NTPSynchronized --value' && echo '${said}'\n`);
    chmodSync(asked, 0o755);
    const [program, script] = holdfastCommand();
    const ran = await runProgram(program, [script, 'doctor', '--json'], { home: dir, env });
    assert.equal(findings(ran).get('clock kept')?.level, level, said);
  }
});

test('a node that listens on this machine alone, and cannot reach the one it was to begin with', async (t) => {
  const { dir } = await yard(t);
  const solo = await Solo.create(dir);
  const dead = '/ip4/127.0.0.1/tcp/1';
  await solo.start('--peer', dead);
  const ran = await solo.run(['doctor', '--json']);
  assert.deepEqual([ran.stderr, ran.status], ['', 0]);
  const found = findings(ran);
  assert.equal(found.get(`bootstrap ${dead}`)?.message, `the node is not connected to ${dead}: nothing listens there`);
  const warned = [...found.values()].filter(({ level }) => level === 'warning').map(({ check }) => check);
  for (const check of ['sync', 'peers', 'wallet lock', 'port', `bootstrap ${dead}`]) {
    assert.ok(warned.includes(check), check);
  }
  await solo.stop();
});
