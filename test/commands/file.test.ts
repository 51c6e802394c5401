import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Handlers } from '../../src/lib/rpc/handlers.js';
import type { CheckRecord } from '../../src/lib/rpc/records.js';
import { Failure } from '../../src/lib/util/errors.js';
import { desk, fails, records, succeeds } from './harness.js';
import { each, file, id, NODE } from './samples.js';

const CAP = 'URI:CHK:verysecretkey:hash:3:10:99';
const UUIDS = [id('a'), id('b')];

interface Put {
  params: Parameters<Handlers['file.put']>[0];
  body: string;
}

/** A node that takes files; what is named "bad" it refuses. */
function taking(puts: Put[]): Partial<Handlers> {
  return {
    'node.status': async () => NODE,
    'file.put': async (params, chunks) => {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk);
      if (params.name === 'bad') throw new Failure('disk-full', 'no room');
      puts.push({ params, body: Buffer.concat(parts).toString() });
      const name = params.name;
      return params.dryRun ? file({ name }) : file({ name, cap: `${CAP}${puts.length}`, blobs: UUIDS });
    },
  };
}

test('put from stdin prints the UUIDs, and the cap goes to its file', async (t) => {
  const puts: Put[] = [];
  const { home, run } = await desk(t, taking(puts));
  const capFile = join(home, 'x.cap');
  const ran = await run(['file', 'put', '--cap-file', capFile, '-'], 'content');
  succeeds(ran);
  assert.equal(ran.stdout, `${UUIDS.join('\n')}\n`);
  assert.equal(readFileSync(capFile, 'utf8'), `${CAP}1\n`);
  assert.equal(statSync(capFile).mode & 0o777, 0o600);
  const shape = { needed: 3, happy: 7, total: 10 };
  const rest = { privateSeal: false, allowEmpty: false, dryRun: false };
  assert.deepEqual(puts, [{ params: { name: null, ...shape, ...rest }, body: 'content' }]);
});

test('put of files: flags, names, the shares that the environment or config says', async (t) => {
  const puts: Put[] = [];
  const { home, run } = await desk(t, taking(puts));
  for (const name of ['one', 'two']) writeFileSync(join(home, name), name);
  writeFileSync(join(home, 'config.json'), '{"shares": "2/3/4"}');
  const options = ['--segment-size', '64KiB', '--private-seal'];
  const ran = await run(['file', 'put', '--json', ...options, join(home, 'one'), join(home, 'two')]);
  succeeds(ran);
  const told = records(ran.stdout);
  assert.deepEqual(
    told.map(({ cap, name }) => [cap, name]),
    [
      [`${CAP}1`, 'one'],
      [`${CAP}2`, 'two'],
    ],
  );
  const { params } = puts[0]!;
  assert.deepEqual([params.needed, params.happy, params.total, params.segmentSize], [2, 3, 4, 65536]);
  assert.ok(params.privateSeal && params.allowEmpty);
  await run(['file', 'put', '--shares', '1/2', '--name', 'other', join(home, 'one')]);
  assert.deepEqual([puts[2]!.params.needed, puts[2]!.params.happy, puts[2]!.params.total], [1, 2, 2]);
  assert.equal(puts[2]!.params.name, 'other');
});

test('NUL-separated names may hold anything, from a file or with -z from stdin', async (t) => {
  const puts: Put[] = [];
  const { home, run } = await desk(t, taking(puts));
  const odd = join(home, 'a\n b ');
  writeFileSync(odd, 'odd');
  writeFileSync(join(home, 'names'), `${odd}\0`);
  for (const argv of [
    ['--files0-from', join(home, 'names')],
    ['--files0-from', '-'],
    ['-z', '-'],
  ]) {
    succeeds(await run(['file', 'put', ...argv, '-q'], `${odd}\0`));
  }
  assert.deepEqual(
    puts.map(({ params, body }) => [params.name, body]),
    Array(3).fill(['a\n b ', 'odd']),
  );
});

test('the output of a command is stored, and nothing where it fails', async (t) => {
  const puts: Put[] = [];
  const { run } = await desk(t, taking(puts));
  const ran = await run(['file', 'put', '--json', '--from-command', '--', 'sh', '-c', 'echo --json']);
  succeeds(ran);
  assert.deepEqual(
    puts.map(({ body }) => body),
    ['--json\n'],
  );
  const cases: [argv: string[], status: number, message: RegExp][] = [
    [['sh', '-c', 'echo half; exit 3'], 1, /sh failed: it ended with status 3/],
    [['sh', '-c', 'echo half; kill -9 $$'], 1, /sh failed: it ended with status 137/],
    [['/no/such/program'], 1, /there is no such command/],
  ];
  for (const [argv, status, message] of cases) {
    fails(await run(['file', 'put', '--from-command', '--', ...argv]), status, message);
  }
  fails(await run(['file', 'put', '--from-command', 'tar']), 2, /the command to run stands after --/);
  assert.equal(puts.length, 1);
});

test('one file that cannot be put stops no other, a full disk stops all', async (t) => {
  const puts: Put[] = [];
  const { home, run } = await desk(t, taking(puts));
  for (const name of ['one', 'two', 'bad']) writeFileSync(join(home, name), name);
  const [one, two, bad, absent] = ['one', 'two', 'bad', 'absent'].map((name) => join(home, name)) as [
    string,
    string,
    string,
    string,
  ];
  const capFile = join(home, 'caps');
  const partly = await run(['file', 'put', '--cap-file', capFile, one, absent, two]);
  assert.equal(partly.status, 3);
  assert.match(partly.stderr, /^holdfast: error: cannot read [^\n]*absent: no such file or directory\n$/);
  assert.equal(readFileSync(capFile, 'utf8'), `${CAP}1\n${CAP}2\n`);
  const full = await run(['file', 'put', one, bad, two]);
  assert.equal(full.status, 14);
  assert.equal(puts.length, 3);
});

test('a plan stores nothing', async (t) => {
  const puts: Put[] = [];
  const { run } = await desk(t, taking(puts));
  const ran = await run(['file', 'put', '-n', '--json', '-'], 'content');
  succeeds(ran);
  assert.equal(puts[0]!.params.dryRun, true);
  assert.equal(records(ran.stdout)[0]!.cap, undefined);
});

test('a file that is only its cap is refused where the cap would be lost', async (t) => {
  const { home, run } = await desk(t, {
    'node.status': async () => NODE,
    'file.put': async (_, chunks) => {
      for await (const _chunk of chunks);
      return file({ storage_index: null, cap: 'URI:LIT:ge', size: 1 });
    },
  });
  fails(await run(['file', 'put', '-'], '1'), 2, /the cap has nowhere to go/);
  succeeds(await run(['file', 'put', '--json', '-'], '1'));
  succeeds(await run(['file', 'put', '--cap-file', join(home, 'cap'), '-'], '1'));
  assert.equal(readFileSync(join(home, 'cap'), 'utf8'), 'URI:LIT:ge\n');
});

test('put refuses to guess', async (t) => {
  const { run } = await desk(t, taking([]));
  fails(await run(['file', 'put']), 2, /missing operand: FILE/);
  fails(await run(['file', 'put', '-', '-']), 2, /stdin can be read only once/);
  fails(await run(['file', 'put', '--name', 'x', 'a', 'b']), 2, /--name is for a single file/);
  fails(await run(['file', 'put', '--files0-from', '-', 'a']), 2, /exclude each other/);
  const none = await run(['file', 'put', '--files0-from', '-']);
  succeeds(none);
  assert.equal(none.stdout, '');
});

test('get takes the cap from stdin or a file, and --out is whole or absent', async (t) => {
  const asked: string[] = [];
  const { home, run } = await desk(t, {
    'file.get': async ({ cap }) => {
      asked.push(cap);
      if (cap.endsWith('gone')) throw new Failure('lost', 'only 2 shares were found');
      const broken = cap.endsWith('broken');
      async function* body() {
        yield Buffer.from('first ');
        if (broken) throw new Failure('lost', 'the third share broke off');
        yield Buffer.from([0, 255, 10]);
      }
      return { size: 9, body: body() };
    },
  });
  const whole = await run(['file', 'get', '-'], `${CAP}\n`);
  succeeds(whole);
  assert.deepEqual(whole.bytes, Buffer.from('first \0\xff\n', 'latin1'));
  mkdirSync(join(home, 'outs'));
  const out = join(home, 'outs', 'restored');
  writeFileSync(join(home, 'x.cap'), `${CAP}+seal:abc\n`);
  succeeds(await run(['file', 'get', '--out', out, join(home, 'x.cap')]));
  assert.deepEqual(readFileSync(out), whole.bytes);
  assert.deepEqual(asked, [CAP, `${CAP}+seal:abc`]);
  fails(await run(['file', 'get', '-'], 'gone'), 21, /only 2 shares were found/);
  fails(
    await run(['file', 'get', '--out', join(home, 'outs', 'other'), '-'], 'broken'),
    21,
    /the third share broke off/,
  );
  assert.deepEqual(readdirSync(join(home, 'outs')), ['restored']);
  const half = await run(['file', 'get', '-'], 'broken');
  assert.equal(half.status, 21);
  fails(await run(['file', 'get', '--out', join(home, 'no', 'dir'), '-'], CAP), 4, /cannot write/);
  fails(await run(['file', 'get', '-'], `${CAP}\n${CAP}\n`), 2, /more than one cap on stdin/);
  assert.ok(!existsSync(join(home, 'no')));
});

test('check asks the node, and the worst verdict stands', async (t) => {
  const verdicts: Record<string, [CheckRecord['verdict'], number]> = {
    a: ['healthy', 10],
    b: ['degraded', 5],
    c: ['lost', 2],
  };
  const { run } = await desk(t, {
    'file.check': async ({ cap }) => {
      const found = verdicts[cap];
      if (!found) throw new Failure('usage', 'not a valid cap: it does not begin with URI:');
      const [verdict, good] = found;
      return { type: 'check', storage_index: `si-${cap}`, needed: 3, happy: 7, total: 10, good, shares: [], verdict };
    },
  });
  const status = async (caps: string) => (await run(['file', 'check', '-q', '-'], caps)).status;
  assert.deepEqual([await status('a\n'), await status('a\nb\n'), await status('c\nb\na\n')], [0, 20, 21]);
  assert.equal(await status('a\nxyz\n'), 3);
  const ran = await run(['file', 'check', '--json', '-'], 'b\n');
  assert.equal(ran.status, 20);
  assert.equal(ran.stderr, '');
  assert.equal(records(ran.stdout)[0]!.storage_index, 'si-b');
});

test('ls shows caps only where they are asked for, forget takes them from stdin alone', async (t) => {
  const forgotten: string[] = [];
  const { run } = await desk(t, {
    'file.ls': ({ caps }) => each(file({ name: 'a\tb', ...(caps ? { cap: CAP } : {}) })),
    'file.forget': async ({ file: what }) => {
      forgotten.push(what);
      return file();
    },
  });
  assert.equal((await run(['file', 'ls'])).stdout, '5mwuz5yxisqrnhtrsljs7wkyb4\t99\t3/7/10\t0\ta b\n');
  assert.equal((await run(['file', 'ls', '-q'])).stdout, '5mwuz5yxisqrnhtrsljs7wkyb4\n');
  assert.equal(records((await run(['file', 'ls', '--caps', '--json'])).stdout)[0]!.cap, CAP);
  const ran = await run(['file', 'forget', '5mwuz5yxisqrnhtrsljs7wkyb4', '-'], `${CAP}\n`);
  succeeds(ran);
  assert.equal(ran.stdout, '');
  assert.deepEqual(forgotten, ['5mwuz5yxisqrnhtrsljs7wkyb4', CAP]);
  succeeds(await run(['file', 'forget', '-']));
  fails(await run(['file', 'forget']), 2, /missing operand: FILE/);
});

const REPAIR = { type: 'repair', storage_index: 'si', needed: 3, happy: 7, total: 10 } as const;

test('repair asks the node, unlocks the wallet on the way, and prints the new blobs', async (t) => {
  const asked: unknown[] = [];
  let locked = true;
  const { home, run } = await desk(t, {
    'wallet.unlock': async ({ passphrase }) => {
      assert.equal(passphrase, 'open sesame');
      locked = false;
      return {};
    },
    'file.repair': async (params) => {
      if (locked) throw new Failure('passphrase', 'the wallet is locked');
      asked.push(params);
      if (params.cap === 'c')
        return { ...REPAIR, good: 2, verdict: 'lost', verdict_after: 'lost', rebuilt: [], planned: false };
      const rebuilt = [
        { share: 2, uuid: params.dryRun ? null : id('a') },
        { share: 5, uuid: params.dryRun ? null : id('b') },
      ];
      const after = params.cap === 'b' ? 'degraded' : 'healthy';
      return { ...REPAIR, good: 5, verdict: 'degraded', verdict_after: after, rebuilt, planned: params.dryRun };
    },
  });
  writeFileSync(join(home, 'pw'), 'open sesame\n', { mode: 0o600 });
  const ran = await run(['file', 'repair', '--all', '--happy', '4', '--passphrase-file', join(home, 'pw'), '-'], 'a\n');
  succeeds(ran);
  assert.equal(ran.stdout, `${id('a')}\n${id('b')}\n`);
  assert.deepEqual(asked, [{ cap: 'a', happy: 4, all: true, dryRun: false }]);
  assert.equal((await run(['file', 'repair', '-n', '-'], 'a\n')).stdout, '2\n5\n');
  const worst = await run(['file', 'repair', '--json', '-'], 'a\nb\n');
  assert.equal(worst.status, 20);
  assert.equal(records(worst.stdout).length, 2);
  assert.equal((await run(['file', 'repair', '-q', '-'], 'c\nb\n')).status, 21);
  fails(await run(['file', 'repair', '--all', '--offline', '--from', home, '-'], 'a\n'), 2, /offline/);
  fails(await run(['file', 'repair', '--out', home, '-'], 'a\n'), 2, /offline/);
  fails(await run(['file', 'repair', CAP]), 2, /a cap is a secret, and a command line is not/);
});

test('adopt sends the file where its size is right, and prints the UUIDs of its shares', async (t) => {
  const sent: { params: unknown; bytes: number }[] = [];
  const { home, run } = await desk(t, {
    'node.status': async () => NODE,
    'file.adopt': async (params, chunks) => {
      let bytes = 0;
      for await (const chunk of chunks) bytes += chunk.length;
      sent.push({ params, bytes });
      return file({ blobs: UUIDS });
    },
  });
  const cap = `URI:CHK:${'a'.repeat(26)}:${'a'.repeat(52)}:3:10:99`;
  const [capFile, content, other] = ['x.cap', 'content', 'other'].map((name) => join(home, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(capFile, `${cap}\n`);
  writeFileSync(content, Buffer.alloc(99));
  writeFileSync(other, Buffer.alloc(98));
  const ran = await run(['file', 'adopt', '--segment-size', '128KiB', '--happy', '8', capFile, content]);
  succeeds(ran);
  assert.equal(ran.stdout, `${UUIDS.join('\n')}\n`);
  assert.equal((await run(['file', 'adopt', '--name', 'mine', '-', content], cap)).status, 0);
  assert.equal((await run(['file', 'adopt', '--json', capFile, '-'], Buffer.alloc(50))).status, 0);
  assert.deepEqual(sent, [
    { params: { cap, name: 'content', segmentSize: 131_072, happy: 8 }, bytes: 99 },
    { params: { cap, name: 'mine' }, bytes: 99 },
    { params: { cap, name: null }, bytes: 50 },
  ]);
  fails(await run(['file', 'adopt', capFile, other]), 1, /other has 98 bytes, and its cap says 99/);
  fails(await run(['file', 'adopt', '-', '-'], cap), 2, /stdin cannot be both/);
  fails(await run(['file', 'adopt', '-', content], 'URI:LIT:nbuq'), 2, /there is nothing to adopt/);
  fails(await run(['file', 'adopt', capFile, join(home, 'absent')]), 4, /cannot read .*absent/);
  fails(await run(['file', 'adopt', capFile, home]), 2, /is a directory/);
  fails(await run(['file', 'adopt', cap, content]), 2, /a cap is a secret/);
  fails(await run(['file', 'adopt', capFile]), 2, /missing operand|FILE/i);
  assert.equal(sent.length, 3);
});

test("get asks for a range, and its size is the range's", async (t) => {
  const asked: unknown[] = [];
  const { home, run } = await desk(t, {
    'file.get': async (params) => {
      asked.push(params);
      return { size: 4, body: each(Buffer.from('plai')) };
    },
  });
  const out = join(home, 'part');
  succeeds(await run(['file', 'get', '--offset', '1KiB', '--length', '4', '--out', out, '-'], 'a'));
  assert.equal(readFileSync(out, 'utf8'), 'plai');
  const ran = await run(['file', 'get', '--offset', '0', '--progress=json', '-'], 'a');
  assert.match(ran.stderr, /"done":4,"total":4/);
  assert.deepEqual(asked, [
    { cap: 'a', offset: 1024, length: 4 },
    { cap: 'a', offset: 0 },
  ]);
});
