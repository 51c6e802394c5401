import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { answer } from '../../src/lib/bounty/challenge.js';
import type { Handlers } from '../../src/lib/rpc/handlers.js';
import { fromHex, toHex } from '../../src/lib/util/bytes.js';
import { Failure } from '../../src/lib/util/errors.js';
import { desk, fails, records, succeeds } from './harness.js';
import { advert, blob, each, id, NODE } from './samples.js';

const [A, B, C] = [id('a'), id('b'), id('c')];

test('put keeps bytes, and unlocks the wallet first', async (t) => {
  const put: [name: string | null, body: string, allowEmpty: boolean][] = [];
  let wallet: 'locked' | 'unlocked' = 'locked';
  const { home, run } = await desk(t, {
    'node.status': async () => ({ ...NODE, wallet }),
    'wallet.unlock': async () => {
      wallet = 'unlocked';
      return {};
    },
    'blob.put': async ({ name, allowEmpty }, chunks) => {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk);
      const body = Buffer.concat(parts).toString();
      if (body === '' && !allowEmpty) throw new Failure('usage', 'the content is empty');
      put.push([name, body, allowEmpty]);
      return blob(put.length === 1 ? A : B, { name: name ?? undefined } as object);
    },
  });
  writeFileSync(join(home, 'one'), '1');
  const ran = await run(['blob', 'put', '--passphrase-command', 'echo pw', join(home, 'one'), '-'], 'stdin');
  succeeds(ran);
  assert.equal(ran.stdout, `${A}\n${B}\n`);
  fails(await run(['blob', 'put', '-']), 2, /the content is empty/);
  succeeds(await run(['blob', 'put', '--allow-empty', '--name', 'none', '-']));
  assert.deepEqual(put, [
    ['one', '1', false],
    [null, 'stdin', false],
    ['none', '', true],
  ]);
  fails(await run(['blob', 'put']), 2, /missing operand: FILE/);
});

test('get writes bytes as they are', async (t) => {
  const bytes = Buffer.from([0, 13, 10, 255]);
  const { home, run } = await desk(t, {
    'blob.get': async ({ uuid }) => {
      if (uuid !== A) throw new Failure('not-found', 'no such blob');
      return { size: 4, body: each(bytes) };
    },
  });
  assert.deepEqual((await run(['blob', 'get', A.toUpperCase()])).bytes, bytes);
  assert.deepEqual((await run(['blob', 'get', '-'], `${A}\n`)).bytes, bytes);
  succeeds(await run(['blob', 'get', '--out', join(home, 'out'), A]));
  assert.deepEqual(readFileSync(join(home, 'out')), bytes);
  fails(await run(['blob', 'get', B]), 4, /no such blob/);
  fails(await run(['blob', 'get', '-'], `${A}\n${B}\n`), 2, /stdin holds 2 lines/);
  fails(await run(['blob', 'get']), 2, /missing operand: UUID/);
  const cap = await run(['blob', 'get', 'URI:CHK:secret:x:3:10:1']);
  fails(cap, 2, /not a UUID: a cap/);
  assert.doesNotMatch(cap.stderr, /secret/);
});

test('ls: a state, a role, an empty list', async (t) => {
  const asked: object[] = [];
  const { run } = await desk(t, {
    'blob.ls': (params) => {
      asked.push(params);
      return 'state' in params ? each(blob(A, { state: 'mia' })) : each();
    },
  });
  const row = await run(['blob', 'ls', '--state', 'mia', '--role', 'owner']);
  assert.equal(row.stdout, `${A}\t50\towner\tmia\t2\t1.5\t3\t5mwuz5yxisqrnhtrsljs7wkyb4\n`);
  const [record] = records((await run(['blob', 'ls', '--state', 'mia', '--json'])).stdout);
  // A price is one a GiB and 30 days to people, a GiB and day inside.
  assert.deepEqual([record!.price, record!.paid], ['0.3', '1.5']);
  const empty = await run(['blob', 'ls']);
  succeeds(empty);
  assert.equal(empty.stdout, '');
  assert.deepEqual(asked[0], { state: 'mia', role: 'owner' });
  fails(await run(['blob', 'ls', '--state', 'lost']), 2, /state/);
});

test('show and rm take many, and one bad id stops no other', async (t) => {
  const removed: [string, boolean][] = [];
  const { run } = await desk(t, {
    'blob.show': async ({ uuid }) => blob(uuid, uuid === C ? { held: false, unknown: 'may be on /disk2' } : {}),
    'blob.rm': async ({ uuid, dryRun }) => {
      if (uuid === C) throw new Failure('not-found', `no blob ${C}`);
      removed.push([uuid, dryRun]);
      return blob(uuid, { state: 'dropped' });
    },
  });
  const shown = await run(['blob', 'show', A]);
  assert.match(shown.stdout, new RegExp(`^uuid\\t${A}\\nsize\\t50\\n`));
  assert.match(shown.stdout, /^prunable_slot\t$/m);
  assert.match((await run(['blob', 'show', C])).stdout, /^held\tunknown$/m);
  const plan = await run(['blob', 'rm', '-n', '-'], `${A}\r\n\n${B}\n`);
  assert.equal(plan.stdout, `${A}\n${B}\n`);
  const partly = await run(['blob', 'rm', A, 'nonsense', C, B]);
  assert.equal(partly.status, 3);
  assert.equal(partly.stdout, '');
  assert.match(
    partly.stderr,
    /^holdfast: error: not a UUID: nonsense\nholdfast: hint: [^\n]*\nholdfast: error: no blob c{64}\n$/,
  );
  assert.deepEqual(removed, [
    [A, true],
    [B, true],
    [A, false],
    [B, false],
  ]);
  const hidden = await run(['blob', 'rm', 'URI:CHK:secret', A]);
  assert.doesNotMatch(hidden.stderr, /secret/);
  fails(await run(['blob', 'rm', 'nonsense']), 2, /not a UUID: nonsense/);
});

test('check: the worst verdict stands', async (t) => {
  const { run } = await desk(t, {
    'blob.check': async ({ uuid }) => ({
      uuid,
      good: uuid !== B,
      reason: uuid === B ? 'its bytes have changed' : null,
    }),
  });
  const ran = await run(['blob', 'check', '-'], `${A}\n${B}\n${C}\n`);
  assert.equal(ran.status, 21);
  assert.equal(ran.stderr, '');
  assert.equal(ran.stdout, `${A}\tgood\t\n${B}\tlost\tits bytes have changed\n${C}\tgood\t\n`);
  assert.equal(records((await run(['blob', 'check', '--json', A])).stdout)[0]!.good, true);
  succeeds(await run(['blob', 'check', '-']));
});

test('check --challenge gives the answer that a steward would', async (t) => {
  const { home, run } = await desk(t);
  const nonce = '5a'.repeat(32);
  for (const data of [Buffer.from('blob'), Buffer.alloc(2_100_000, 7), Buffer.alloc(0)]) {
    const { key } = await answer(fromHex(nonce)!, data.length, [data]);
    writeFileSync(join(home, 'blob'), data);
    for (const [operand, stdin] of [
      ['-', data],
      [join(home, 'blob'), ''],
    ] as const) {
      const ran = await run(['blob', 'check', '--challenge', nonce, operand], stdin);
      succeeds(ran);
      assert.equal(ran.stdout, `${toHex(key)}\n`);
    }
    const [record] = records((await run(['blob', 'check', '--challenge', nonce, '--json', join(home, 'blob')])).stdout);
    assert.deepEqual(record, { type: 'challenge', nonce, key: toHex(key), bytes: data.length });
  }
  fails(await run(['blob', 'check', '--challenge', 'abc', '-']), 2, /a nonce is 64 hexadecimal digits/);
  fails(await run(['blob', 'check', '--challenge', nonce]), 2, /missing operand: FILE/);
  fails(await run(['blob', 'check', '--challenge', nonce, 'a', 'b']), 2, /one file/);
  fails(await run(['blob', 'check', '--challenge', nonce, join(home, 'absent')]), 4, /absent/);
});

test('advertise asks for all blobs at once, with a price a day', async (t) => {
  const asked: Parameters<Handlers['blob.advertise']>[0][] = [];
  const { run } = await desk(t, {
    'blob.advertise': (params) => {
      asked.push(params);
      return each(advert(id('1')), advert(id('2')));
    },
  });
  const limits = ['--max-price', '2.5', '--max-spend', '10', '--request-id', 'nightly'];
  const ran = await run(['blob', 'advertise', ...limits, '--term', '60d', '-'], `${A}\n${B}\n${A}\n`);
  succeeds(ran);
  assert.equal(ran.stdout, `${id('1')}\n${id('2')}\n`);
  const common = { maxPrice: 8_333_333n, maxSpend: 1_000_000_000n, requestId: 'nightly', dryRun: false };
  assert.deepEqual(asked, [{ uuids: [A, B], termDays: 60, ...common }]);
  const [plan] = records((await run(['blob', 'advertise', '--max-price', '2.5', '-n', '--json', A])).stdout);
  assert.equal(plan!.reserve_grains, '8333333');
  assert.equal(asked[1]!.dryRun, true);
  assert.equal(asked[1]!.termDays, 30);
  const none = await run(['blob', 'advertise', '--max-price', '1', '-']);
  succeeds(none);
  fails(await run(['blob', 'advertise', '--max-price', '1', A]), 2, /nobody is here to be asked/);
  fails(await run(['blob', 'advertise', '--yes', A]), 2, /max-price/);
  fails(await run(['blob', 'advertise', '--max-price', '1', '--yes', A, 'x']), 2, /not a UUID: x/);
  fails(
    await run(['blob', 'advertise', '--max-price', '1', '--yes', '--term', '36h', A]),
    2,
    /not a whole number of days/,
  );
  fails(await run(['blob', 'advertise', '--max-price', '1', '--yes']), 2, /missing operand: UUID/);
  assert.equal(asked.length, 2);
});
