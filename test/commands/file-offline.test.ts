import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromHex } from '../../src/lib/util/bytes.js';
import { vector } from '../helpers/root.js';
import { desk, fails, records, succeeds } from './harness.js';

interface Example {
  dataHex: string;
  required: number;
  total: number;
  maxSegmentSize: number;
  convergenceHex: string;
  keyHex: string;
  storageIndex: string;
  cap: string;
  sharesHex: string[];
}
const { examples } = JSON.parse(vector('worked-example.json')) as { examples: Example[] };
const [example] = examples as [Example];

function encodeArgs(sample: Example, out: string, ...more: string[]): string[] {
  const shares = ['--shares', `${sample.required}/${sample.total}`, '--segment-size', String(sample.maxSegmentSize)];
  return ['file', 'encode', ...shares, '--out', out, ...more];
}

for (const [number, sample] of examples.entries()) {
  test(`worked example ${number}: encode gives its cap and shares, decode its data, in both layouts`, async (t) => {
    const { home, run } = await desk(t);
    const data = fromHex(sample.dataHex)!;
    const secret = ['--convergence', sample.convergenceHex];
    const plain = join(home, 'plain');
    const made = await run(encodeArgs(sample, plain, ...secret, '-'), data);
    succeeds(made);
    assert.equal(made.stdout, `${sample.cap}\n`);
    assert.deepEqual(readdirSync(plain).sort(), sample.sharesHex.map((_, share) => String(share)).sort());
    for (const [share, hex] of sample.sharesHex.entries()) {
      assert.equal(readFileSync(join(plain, String(share))).toString('hex'), hex);
    }
    const server = join(home, 'server');
    const name = join(home, 'data');
    writeFileSync(name, data);
    const again = await run(encodeArgs(sample, server, '--key', sample.keyHex, '--server-layout', name));
    assert.equal(again.stdout, made.stdout);
    const folder = join(server, 'shares', sample.storageIndex.slice(0, 2), sample.storageIndex);
    for (const [share, hex] of sample.sharesHex.entries()) {
      const container = readFileSync(join(folder, String(share)));
      const head = Buffer.from([0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
      head.writeUInt32BE(hex.length / 2, 4);
      assert.equal(container.toString('hex'), head.toString('hex') + hex);
    }
    for (const from of [plain, server, join(server, 'shares'), folder]) {
      const decoded = await run(['file', 'decode', '--from', from, sample.cap]);
      succeeds(decoded);
      assert.deepEqual(new Uint8Array(decoded.bytes), data);
    }
  });
}

test('a file from stdin under a key of its own, restored from the shares that are left', async (t) => {
  const { home, run } = await desk(t);
  const data = randomBytes(300_000);
  const out = join(home, 'media');
  const made = await run(['file', 'encode', '--shares', '3/5/5', '--segment-size', '64KiB', '--out', out, '-'], data);
  succeeds(made);
  const other = await run(['file', 'encode', '--shares', '3/5/5', '--out', join(home, 'other'), '-'], data);
  assert.notEqual(other.stdout, made.stdout);
  assert.deepEqual(readdirSync(home).sort(), ['media', 'other']);

  const check = () => run(['file', 'check', '--offline', '--from', out, '--json', '-'], made.stdout);
  const sound = await check();
  assert.equal(sound.status, 0);
  assert.deepEqual(
    records(sound.stdout).map(({ good, happy, verdict }) => [good, happy, verdict]),
    [[5, 5, 'healthy']],
  );

  rmSync(join(out, '0'));
  const damaged = readFileSync(join(out, '3'));
  damaged[500]! ^= 1;
  writeFileSync(join(out, '3'), damaged);
  const degraded = await check();
  assert.equal(degraded.status, 20);
  const [verdict] = records(degraded.stdout) as [{ good: number; shares: { share: number; reason: string | null }[] }];
  assert.equal(verdict.good, 3);
  assert.match(verdict.shares.find(({ share }) => share === 3)!.reason!, /corrupt/);

  const restored = await run(['file', 'decode', '--from', out, '-'], made.stdout);
  assert.equal(restored.status, 0);
  assert.match(restored.stderr, /^holdfast: warning: share 3 is bad: [^\n]*\n$/);
  assert.deepEqual(restored.bytes, data);

  rmSync(join(out, '1'));
  assert.equal((await check()).status, 21);
  const lost = await run(['file', 'decode', '--from', out, made.stdout.trim()]);
  assert.equal(lost.status, 21);
  assert.match(lost.stderr, /holdfast: error: only 2 good shares, and 3 are needed\n/);
});

test('a batch of caps returns the worst verdict, and one bad line stops nobody', async (t) => {
  const { home, run } = await desk(t);
  const made = await run(['file', 'encode', '--out', home, '-'], randomBytes(200));
  const caps = join(home, 'caps');
  writeFileSync(caps, `${made.stdout}\nURI:LIT:ge\nURI:CHK:nonsense\n${example.cap}\n`);
  const ran = await run(['file', 'check', '--offline', '--from', home, '--json', caps]);
  assert.equal(ran.status, 21);
  assert.deepEqual(
    records(ran.stdout).map(({ verdict }) => verdict),
    ['healthy', 'healthy', 'lost'],
  );
  const [error] = records(ran.stderr);
  assert.equal(error!.code, 'usage');
  assert.match(String(error!.message), /caps, line 4: not a valid cap: /);
  assert.doesNotMatch(ran.stderr, /nonsense/);
});

test('an empty list of caps is no work', async (t) => {
  const { home, run } = await desk(t);
  const ran = await run(['file', 'check', '--offline', '--from', home, '-']);
  succeeds(ran);
  assert.equal(ran.stdout, '');
});

test('a verify cap checks', async (t) => {
  const { home, run } = await desk(t);
  const { verifyCap } = example as Example & { verifyCap: string };
  await run(encodeArgs(example, home, '--convergence', example.convergenceHex, '-'), fromHex(example.dataHex)!);
  const ran = await run(['file', 'check', '--offline', '--from', home, '-'], verifyCap);
  succeeds(ran);
  assert.equal(ran.stdout, `${example.storageIndex}\thealthy\t10\t3\t7\t10\n`);
  fails(await run(['file', 'decode', '--from', home, verifyCap]), 2, /a verify cap cannot read a file/);
});

test('a small file travels in its cap, and needs no directory', async (t) => {
  const { home, run } = await desk(t);
  const out = join(home, 'none');
  const made = await run(['file', 'encode', '--out', out, '-'], 'hi');
  assert.equal(made.stdout, 'URI:LIT:nbuq\n');
  assert.deepEqual(readdirSync(home), []);
  const decoded = await run(['file', 'decode', '--from', home, '-'], made.stdout);
  assert.equal(decoded.stdout, 'hi');
});

test('empty stdin is refused, an empty file is what it is', async (t) => {
  const { home, run } = await desk(t);
  fails(await run(['file', 'encode', '--out', home, '-']), 2, /stdin is empty/);
  writeFileSync(join(home, 'empty'), '');
  for (const argv of [['--allow-empty', '-'], [join(home, 'empty')]]) {
    const made = await run(['file', 'encode', '--out', home, ...argv]);
    assert.equal(made.stdout, 'URI:LIT:\n');
  }
});

test("another file's shares are not overwritten, the same file's may be there", async (t) => {
  const { home, run } = await desk(t);
  for (const layout of [[], ['--server-layout']]) {
    const out = join(home, `out${layout.length}`);
    const encode = (data: string, key: string) =>
      run(['file', 'encode', ...layout, '--key', key, '--out', out, '-'], data);
    const key = '00'.repeat(16);
    const first = await encode('a'.repeat(100), key);
    const before = digests(out);
    assert.equal((await encode('a'.repeat(100), key)).stdout, first.stdout);
    fails(await encode('b'.repeat(100), key), 1, /is another file's share/);
    assert.deepEqual(digests(out), before);
  }
});

function digests(dir: string): string[] {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return names.map((name) => `${name} ${createHash('sha256').update(readFileSync(name)).digest('hex')}`);
}

test('what is wrong is said in a line, and secrets are not repeated', async (t) => {
  const { home, run } = await desk(t);
  const secret = 'c0ffee'.repeat(6);
  const cap = 'URI:CHK:aaaaaaaaaaaaaaaaaaaaaaaaaa:secretsecret:3:10:100';
  const cases: [argv: string[], status: number, message: RegExp][] = [
    [['file', 'encode', '-'], 2, /missing.*out/i],
    [['file', 'encode', '--out', home], 2, /missing operand: FILE/],
    [['file', 'encode', '--out', home, join(home, 'absent')], 4, /cannot read .*absent: no such file/],
    [['file', 'encode', '--out', home, home], 2, /is a directory/],
    [['file', 'encode', '--out', home, '--shares', '11/10', '-'], 2, /not a way to share: 11 of 10/],
    [['file', 'encode', '--out', home, '--shares', '3/2/10', '-'], 2, /happy is less than needed/],
    [['file', 'encode', '--out', home, '--shares', '3-of-10', '-'], 2, /not a way to share/],
    [['file', 'encode', '--out', home, '--key', secret, '-'], 2, /--key is not 16 bytes/],
    [['file', 'encode', '--out', home, '--convergence', `${secret}0`, '-'], 2, /--convergence is not hexadecimal/],
    [['file', 'encode', '--out', home, '--segment-size', 'big', '-'], 2, /not a size: big/],
    [['file', 'decode', '--from', home, cap], 2, /not a valid cap/],
    [['file', 'decode', '--from', join(home, 'absent'), example.cap], 4, /cannot read .*absent/],
    [['file', 'decode', '--from', home, '-'], 2, /there is no cap on stdin/],
    [['file', 'check', '--offline', '-'], 2, /from/],
    [['file', 'check', cap], 2, /a cap is a secret, and a command line is not/],
    [['file', 'check'], 2, /missing operand: CAPFILE/],
    [['file', 'get', cap], 2, /a cap is a secret, and a command line is not/],
    [['file', 'forget', cap], 2, /a cap is a secret, and a command line is not/],
  ];
  for (const [argv, status, message] of cases) {
    const ran = await run(argv);
    fails(ran, status, message);
    assert.doesNotMatch(ran.stderr, /secretsecret|c0ffee/);
  }
});
