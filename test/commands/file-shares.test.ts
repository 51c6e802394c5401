import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseCap, storageIndexText } from '../../src/lib/codec/caps.js';
import { packContainer } from '../../src/lib/codec/container.js';
import { newLease } from '../../src/lib/codec/lease.js';
import { type Desk, desk, fails, records, succeeds } from './harness.js';

const DATA = randomBytes(20_000);
const LEASE = newLease({ renew: new Uint8Array(32).fill(1), cancel: new Uint8Array(32).fill(2) }, 1_700_000_000);

interface Encoded extends Desk {
  /** Five shares of which any three will do, in `plain` and in `server`. */
  plain: string;
  server: string;
  /** The folder of the server's tree that they are in. */
  folder: string;
  cap: string;
}

async function encoded(t: TestContext): Promise<Encoded> {
  const own = await desk(t);
  const [plain, server] = [join(own.home, 'plain'), join(own.home, 'server')];
  const how = ['--shares', '3/4/5', '--segment-size', '1000', '--key', '07'.repeat(16)];
  const made = await own.run(['file', 'encode', ...how, '--out', plain, '-'], DATA);
  succeeds(made);
  succeeds(await own.run(['file', 'encode', ...how, '--server-layout', '--out', server, '-'], DATA));
  const cap = made.stdout.trim();
  const parsed = parseCap(cap);
  assert.equal(parsed.kind, 'chk');
  const index = parsed.kind === 'chk' ? storageIndexText(parsed) : '';
  return { ...own, plain, server, folder: join(server, 'shares', index.slice(0, 2), index), cap };
}

/** A bit of a file turns. */
function damage(path: string, at = 3000): Buffer {
  const bytes = readFileSync(path);
  bytes[at]! ^= 1;
  writeFileSync(path, bytes);
  return bytes;
}

const check = ({ run, cap }: Encoded, from: string, ...more: string[]) =>
  run(['file', 'check', '--offline', '--from', from, '--json', ...more, '-'], cap);

async function goodIn(made: Encoded, from: string): Promise<number[]> {
  const [record] = records((await check(made, from)).stdout) as [{ shares: { share: number; good: boolean }[] }];
  return record.shares.filter(({ good }) => good).map(({ share }) => share);
}

test('plain shares, containers of both schemas with leases, and a tree, in one directory', async (t) => {
  const made = await encoded(t);
  const { plain, folder, home } = made;
  const mixed = join(home, 'mixed');
  const tree = join(mixed, 'shares', basename(join(folder, '..')), basename(folder));
  mkdirSync(tree, { recursive: true });
  const share = (number: number) => readFileSync(join(plain, String(number)));
  writeFileSync(join(mixed, '0'), share(0));
  writeFileSync(join(mixed, '1'), packContainer(share(1), [LEASE], 1));
  writeFileSync(join(tree, '2'), packContainer(share(2), [LEASE, LEASE], 2));
  writeFileSync(join(tree, '3'), share(3));
  assert.deepEqual(await goodIn(made, mixed), [0, 1, 2, 3]);

  // The same number twice: the good one is found wherever it lies, and the bad one is told.
  writeFileSync(join(tree, '0'), packContainer(share(0)));
  damage(join(tree, '0'));
  writeFileSync(join(mixed, '3'), 'no share at all');
  assert.deepEqual(await goodIn(made, mixed), [0, 1, 2, 3]);
  const ran = await check(made, mixed, '--happy', '4');
  assert.equal(ran.status, 0);
  assert.match(ran.stderr, /^holdfast: warning: [^\n]*shares[^\n]*0, a copy of a good share, is bad: [^\n]*corrupt\n$/);
  for (const from of [mixed, join(mixed, 'shares'), tree]) {
    const decoded = await made.run(['file', 'decode', '--from', from, '-'], made.cap);
    if (from === mixed) assert.deepEqual(decoded.bytes, DATA);
    else assert.equal(decoded.status, 21, 'two good shares, and three are needed');
  }
});

test('what is no share of the file is not looked at', async (t) => {
  const made = await encoded(t);
  const { plain } = made;
  writeFileSync(join(plain, '07'), 'x');
  for (const name of ['5', '300', '-1', 'notes.txt', ' 1'])
    writeFileSync(join(plain, name), readFileSync(join(plain, '0')));
  rmSync(join(plain, '1'));
  mkdirSync(join(plain, '1'));
  rmSync(join(plain, '2'));
  spawnSync('mkfifo', [join(plain, '2')]);
  const ran = await check(made, plain);
  assert.equal(ran.status, 20);
  const [record] = records(ran.stdout) as [{ shares: unknown[] }];
  const none = (share: number) => ({ share, good: false, peer: null, reason: 'there is no such share' });
  assert.deepEqual(record.shares.slice(1, 3), [none(1), none(2)]);
  assert.equal(record.shares.length, 5);
  assert.equal((await check(made, plain, '--happy', '1')).status, 0);
  assert.equal((await check(made, plain, '--happy', '5')).status, 20);
  fails(await made.run(['file', 'check', '--offline', '--from', plain, '--happy', '0', '-'], made.cap), 2, /happy/);
});

test('a range is decoded, and nothing else', async (t) => {
  const made = await encoded(t);
  const { plain, run, cap } = made;
  const range = (...flags: string[]) => run(['file', 'decode', '--from', plain, ...flags, '-'], cap);
  const cases: [flags: string[], from: number, to: number][] = [
    [['--offset', '0', '--length', '1'], 0, 1],
    [['--offset', '19999'], 19_999, 20_000],
    [['--offset', '20000'], 20_000, 20_000],
    [['--offset', '999', '--length', '1KiB'], 999, 2023],
    [['--length', '1GiB'], 0, 20_000],
    [['--length', '0'], 0, 0],
  ];
  for (const [flags, from, to] of cases) {
    const ran = await range(...flags);
    succeeds(ran);
    assert.deepEqual(ran.bytes, DATA.subarray(from, to), flags.join(' '));
  }
  fails(await range('--offset', '20001'), 2, /the file has only 20000 bytes/);
  fails(await range('--offset', '-1'), 2, /not a size|offset/);
  const lit = await run(['file', 'decode', '--from', join(plain, 'absent'), '--offset', '1', '-'], 'URI:LIT:nbuq');
  assert.equal(lit.stdout, 'i');

  // What the range does not touch may be damaged: nobody looks.
  for (const share of [0, 1, 2]) damage(join(plain, String(share)), 36 + 334 * 15);
  const ran = await range('--offset', '0', '--length', '5000');
  succeeds(ran);
  assert.deepEqual(ran.bytes, DATA.subarray(0, 5000));
});

const repair = ({ run, cap }: Encoded, from: string, ...more: string[]) =>
  run(['file', 'repair', '--offline', '--from', from, ...more, '-'], cap);

test('missing and bad shares are made again, bit for bit, where they belong', async (t) => {
  const made = await encoded(t);
  const { plain } = made;
  const whole = [0, 1, 2, 3, 4].map((share) => readFileSync(join(plain, String(share))));
  rmSync(join(plain, '1'));
  damage(join(plain, '4'));
  const planned = await repair(made, plain, '--dry-run');
  succeeds(planned);
  assert.equal(planned.stdout, '1\n4\n');
  assert.deepEqual(readdirSync(plain).sort(), ['0', '2', '3', '4']);
  const ran = await repair(made, plain, '--json');
  succeeds(ran);
  const [record] = records(ran.stdout);
  const { good, verdict, verdict_after, rebuilt, planned: isPlan } = record!;
  assert.deepEqual([good, verdict, verdict_after, isPlan], [3, 'degraded', 'healthy', false]);
  assert.deepEqual(rebuilt, [
    { share: 1, uuid: null },
    { share: 4, uuid: null },
  ]);
  assert.deepEqual(readdirSync(plain).sort(), ['0', '1', '2', '3', '4']);
  for (const [share, bytes] of whole.entries()) assert.deepEqual(readFileSync(join(plain, String(share))), bytes);
  const again = await repair(made, plain);
  succeeds(again);
  assert.equal(again.stdout, '');
});

test("a server's tree gets containers with the leases of the others", async (t) => {
  const made = await encoded(t);
  const { server, folder, plain } = made;
  const share = (number: number) => readFileSync(join(plain, String(number)));
  for (const number of [0, 1, 2, 3, 4])
    writeFileSync(join(folder, String(number)), packContainer(share(number), [LEASE], 1));
  const whole = readFileSync(join(folder, '3'));
  rmSync(join(folder, '0'));
  damage(join(folder, '3'));
  for (const from of [server, join(server, 'shares'), folder]) {
    rmSync(join(folder, '0'), { force: true });
    assert.match((await repair(made, from)).stdout, /^0\n(3\n)?$/);
    assert.deepEqual(readFileSync(join(folder, '3')), whole);
    assert.deepEqual(readFileSync(join(folder, '0')), Buffer.from(packContainer(share(0), [LEASE], 1)));
  }
  assert.deepEqual(readdirSync(folder).sort(), ['0', '1', '2', '3', '4']);
});

test('what is made may go elsewhere, in the same layout', async (t) => {
  const made = await encoded(t);
  const { plain, server, folder, home, run } = made;
  const out = join(home, 'new');
  rmSync(join(plain, '1'));
  assert.equal((await repair(made, plain, '--out', out)).stdout, '1\n');
  assert.deepEqual(readdirSync(out), ['1']);
  assert.equal((await repair(made, plain, '--out', out)).stdout, '', 'what lies there counts as found');
  rmSync(join(folder, '2'));
  damage(join(folder, '3'));
  const tree = join(home, 'tree');
  assert.equal((await repair(made, server, '--out', tree)).stdout, '2\n3\n');
  cpSync(tree, join(home, 'joined'), { recursive: true });
  cpSync(server, join(home, 'joined'), { recursive: true, force: false });
  const decoded = await run(['file', 'decode', '--from', join(home, 'joined'), '-'], made.cap);
  assert.deepEqual(decoded.bytes, DATA);
});

test('too few good shares: lost, and nothing is changed', async (t) => {
  const made = await encoded(t);
  const { plain } = made;
  for (const share of ['0', '1']) rmSync(join(plain, share));
  const bad = damage(join(plain, '2'));
  const ran = await repair(made, plain, '--json');
  assert.equal(ran.status, 21);
  assert.deepEqual(
    records(ran.stdout).map(({ verdict, rebuilt }) => [verdict, rebuilt]),
    [['lost', []]],
  );
  assert.deepEqual(readFileSync(join(plain, '2')), bad);
  assert.deepEqual(readdirSync(plain).sort(), ['2', '3', '4']);
});

test("another file's share is not replaced, a verify cap will do, and a batch is a batch", async (t) => {
  const made = await encoded(t);
  const { plain, run, home } = made;
  const other = join(home, 'other');
  succeeds(await run(['file', 'encode', '--shares', '1/5', '--out', other, '-'], randomBytes(200)));
  renameSync(join(other, '2'), join(plain, '2'));
  const theirs = readFileSync(join(plain, '2'));
  fails(await repair(made, plain), 1, /is another file's share/);
  assert.deepEqual(readFileSync(join(plain, '2')), theirs);
  damage(join(plain, '2'), 60);

  const cap = parseCap(made.cap);
  assert.equal(cap.kind, 'chk');
  const { needed, total, size } = cap.kind === 'chk' ? cap : { needed: 0, total: 0, size: 0 };
  const verify = `URI:CHK-Verifier:${basename(made.folder)}:${made.cap.split(':')[3]}:${needed}:${total}:${size}`;
  const batch = `URI:LIT:nbuq\n${verify}\nURI:CHK:nonsense\n`;
  const ran = await run(['file', 'repair', '--offline', '--from', plain, '--json', '-'], batch);
  assert.equal(ran.status, 3);
  assert.deepEqual(
    records(ran.stdout).map(({ verdict_after }) => verdict_after),
    ['healthy', 'healthy'],
  );
  assert.deepEqual(await goodIn(made, plain), [0, 1, 2, 3, 4]);
});

test('a directory that cannot be written is told, and changed in nothing', {
  skip: process.getuid?.() === 0 && 'root may write everywhere',
}, async (t) => {
  const made = await encoded(t);
  const { plain } = made;
  rmSync(join(plain, '1'));
  spawnSync('chmod', ['555', plain]);
  t.after(() => spawnSync('chmod', ['755', plain]));
  fails(await repair(made, plain), 1, /cannot write to .*permission denied/);
});
