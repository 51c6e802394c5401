import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { readPackageJson } from '../../src/lib/cli/layout.js';
import type { NodeRecord, RootRecord } from '../../src/lib/rpc/records.js';
import type { Outlook } from '../../src/lib/rpc/results.js';
import { Failure } from '../../src/lib/util/errors.js';
import { desk, type Ran, records } from './harness.js';
import { each, NODE, root } from './samples.js';

interface Finding {
  check: string;
  level: string;
  message: string;
  hint: string | null;
}

function findings(ran: Ran): Map<string, Finding> {
  assert.equal(ran.stderr, '');
  const all = records(ran.stdout) as unknown as Finding[];
  return new Map(all.map((finding) => [finding.check, finding]));
}

const levels = (found: Map<string, Finding>, level: string) =>
  [...found.values()].filter((finding) => finding.level === level).map(({ check }) => check);

async function node(
  t: Parameters<typeof desk>[0],
  status: Partial<NodeRecord> = {},
  balance = '5',
  roots: readonly RootRecord[] = [root('/mnt/a')],
  outlook: Partial<Outlook> = {},
) {
  const version = readPackageJson().version;
  const made = await desk(t, {
    'node.status': async () => ({ ...NODE, version, ...status }),
    'node.outlook': async () => ({
      ...{ clocks_ahead_ms: [3, -40, 900], ports: [{ port: 4001, reached: true }], bootstrap: [], ...outlook },
    }),
    'steward.ls': () => each(...roots),
    'wallet.balance': async () => {
      if (balance === 'locked') throw new Failure('passphrase', 'the wallet is locked');
      return { type: 'balance', balance_grains: balance, unsettled_grains: '0', funding_grains: '0', accounts: 1 };
    },
  });
  chmodSync(made.home, 0o700);
  writeFileSync(join(made.home, 'wallet.key'), '{}', { mode: 0o600 });
  return made;
}

test('all is well', async (t) => {
  const { home, run } = await node(t);
  writeFileSync(join(home, 'config.json'), '{"shares":"2/3","passphrase_command":"echo hunter2"}');
  const ran = await run(['doctor', '--json']);
  assert.equal(ran.status, 0);
  const found = findings(ran);
  assert.deepEqual(
    levels(found, 'ok').filter((check) => !/^(setting|policy) |^disk$|^clock kept$/.test(check)),
    [
      'data directory',
      'wallet',
      'node',
      'version',
      'sync',
      'peers',
      'wallet lock',
      'balance',
      'root /mnt/a',
      'clock',
      'port',
    ],
  );
  assert.equal(found.get('setting shares')!.message, `2/3 (${join(home, 'config.json')})`);
  assert.equal(found.get('setting network')!.message, 'not set (default)');
  assert.doesNotMatch(ran.stdout, /hunter2/);
});

test('warnings are no failure', async (t) => {
  const status = { version: '9.9.9', synced: false, head_age_slots: 77, peers: 1, wallet: 'locked' as const };
  const { run } = await node(t, status, 'locked');
  const ran = await run(['doctor', '--json']);
  assert.equal(ran.status, 0);
  const found = findings(ran);
  assert.deepEqual(
    levels(found, 'warning').filter((check) => check !== 'disk'),
    ['version', 'sync', 'peers', 'wallet lock'],
  );
  assert.match(found.get('sync')!.message, /77 slots old/);
  assert.ok([...found.values()].every(({ level, hint }) => level === 'ok' || hint !== null));
  const empty = await node(t, { peers: 0 }, '0');
  assert.deepEqual(levels(findings(await empty.run(['doctor', '--json'])), 'warning').slice(-2), ['peers', 'balance']);
});

test('a disk that is missing is an error; one that is full, or lets bytes rot, a warning', async (t) => {
  const { run } = await node(t, {}, '5', [
    root('/mnt/gone', { state: 'missing', free_bytes: null }),
    root('/mnt/rotten', { corrupt: 1 }),
    root('/mnt/full', { free_bytes: 5000, reserve: 5000 }),
    root('/mnt/sold', { capacity: 50 }),
    root('/srv/shares', { kind: 'tahoe', free_bytes: 0 }),
    root('/mnt/old', { state: 'draining', free_bytes: 0 }),
  ]);
  const ran = await run(['doctor', '--json']);
  assert.equal(ran.status, 1);
  const found = findings(ran);
  assert.deepEqual(levels(found, 'error'), ['root /mnt/gone']);
  assert.deepEqual(levels(found, 'warning').slice(-3), ['root /mnt/rotten', 'root /mnt/full', 'root /mnt/sold']);
  assert.match(found.get('root /mnt/gone')!.hint!, /steward detach --lost \/mnt\/gone/);
});

test('what is open to others is an error, and what to do is said', async (t) => {
  const { home, run } = await node(t);
  chmodSync(home, 0o755);
  chmodSync(join(home, 'wallet.key'), 0o644);
  const ran = await run(['doctor', '--json']);
  assert.equal(ran.status, 1);
  const found = findings(ran);
  assert.deepEqual(levels(found, 'error'), ['data directory', 'wallet']);
  assert.equal(found.get('wallet')!.hint, `chmod 600 ${join(home, 'wallet.key')}`);
  assert.match((await run(['doctor'])).stdout, /^error\twallet\t[^\t\n]* its mode is 644\tchmod 600 /m);
});

test('the file of the passphrase: gone, open to others, and as it should be', async (t) => {
  const { home, run } = await node(t);
  const file = join(home, 'pw');
  writeFileSync(join(home, 'config.json'), JSON.stringify({ passphrase_file: file }));
  const found = async () => findings(await run(['doctor', '--json'])).get('passphrase file')!;
  const gone = await found();
  assert.deepEqual([gone.level, gone.message], ['error', `there is no file ${file}`]);
  writeFileSync(file, 'correct horse', { mode: 0o644 });
  assert.equal((await found()).hint, `chmod 600 ${file}`);
  chmodSync(file, 0o600);
  assert.equal((await found()).level, 'ok');
});

test('no node, and the socket that a killed one left', async (t) => {
  const { home, run } = await desk(t);
  chmodSync(home, 0o700);
  const gone = await run(['doctor', '--json']);
  assert.equal(gone.status, 1);
  const before = findings(gone);
  assert.deepEqual(
    [levels(before, 'error'), levels(before, 'warning').filter((check) => check !== 'disk')],
    [['node'], ['wallet']],
  );

  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(home, 'left.sock'), resolve));
  // Closing unlinks its path; under another name it stays, as after kill -9.
  const { renameSync } = await import('node:fs');
  renameSync(join(home, 'left.sock'), join(home, 'node.sock'));
  await new Promise((resolve) => server.close(resolve));
  const found = findings(await run(['doctor', '--json']));
  assert.match(found.get('socket')!.message, /left over from a node that was killed/);
});

test('a config file that cannot be read is a finding, not a crash', async (t) => {
  const { home, run } = await node(t);
  writeFileSync(join(home, 'config.json'), '{"color":"blue"}');
  const ran = await run(['doctor', '--json']);
  assert.equal(ran.status, 1);
  assert.match(findings(ran).get('settings')!.message, /unknown setting color/);
  rmSync(home, { recursive: true });
  const none = findings(await run(['doctor', '--json']));
  assert.equal(none.get('data directory')!.level, 'warning');
  mkdirSync(home);
});

test('a clock that is wrong is an error where three peers say so', async (t) => {
  const found = async (...clocks_ahead_ms: number[]) => {
    const { run } = await node(t, {}, '5', [], { clocks_ahead_ms });
    return findings(await run(['doctor', '--json'])).get('clock');
  };
  const behind = await found(2000, 2500, 1);
  assert.deepEqual(
    [behind?.level, behind?.message],
    ['error', 'the clock is 2 s behind the clocks of 3 peers: no blocks are made so'],
  );
  assert.match(behind!.hint!, /timedatectl/);
  const ahead = await found(-61_000);
  assert.deepEqual(
    [ahead?.level, ahead?.message],
    ['warning', 'the clock is 61 s ahead of the clocks of the one peer that answered'],
  );
  assert.equal((await found(1000, -1000, 2))?.level, 'ok');
  assert.equal(await found(), undefined);
});

test('a port that no peer reaches, one that nobody could try, and none at all', async (t) => {
  const found = async (ports: Outlook['ports']) => {
    const { run } = await node(t, {}, '5', [], { ports });
    return findings(await run(['doctor', '--json'])).get('port')!;
  };
  const closed = await found([{ port: 4001, reached: false }]);
  assert.equal(closed.level, 'warning');
  assert.match(closed.message, /no peer reaches TCP port 4001/);
  assert.match(closed.hint!, /forward it/);
  assert.equal((await found([{ port: 4001, reached: null }])).level, 'ok');
  const none = await found([]);
  assert.deepEqual([none.level, none.hint], ['warning', 'start it with --listen /ip4/0.0.0.0/tcp/4001']);
});

test('a node to begin with that is not connected: whether nothing listens, or what listens is another', async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const address = `/ip4/127.0.0.1/tcp/${port}`;
  const found = async (connected: boolean) => {
    const { run } = await node(t, {}, '5', [], { bootstrap: [{ address, connected }] });
    return findings(await run(['doctor', '--json'])).get(`bootstrap ${address}`)!;
  };
  assert.equal((await found(true)).level, 'ok');
  const other = await found(false);
  assert.equal(other.level, 'warning');
  assert.match(other.message, /it answers, but not yet as a node of this network/);
  assert.match(other.hint!, /genesis/);
  await new Promise((resolve) => server.close(resolve));
  const nothing = await found(false);
  assert.match(nothing.message, /not connected to [^ ]*: nothing listens there/);
  assert.match(nothing.hint!, /node start --peer/);
});
