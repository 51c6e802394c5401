import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { parseReadCap } from '../../src/lib/codec/caps.js';
import { shareSizeFor } from '../../src/lib/codec/encode.js';
import { shareBytesMax } from '../../src/lib/node/fetch.js';
import { rebuildBlob } from '../../src/lib/node/repair.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { alone, DATA, fails, get, lying, PUT, put, rot, spread } from './file-world.js';
import { bytesOf, chunks, noise, recordsOf, type TestNode, World } from './helpers.js';

test('a file goes in and comes out by its cap, twice the same and stored once', async (t) => {
  const node = await alone(t);
  const first = await put(node);
  assert.equal(first.blobs.length, 4);
  assert.deepEqual(lying(node), [...first.blobs].sort());
  assert.deepEqual(await put(node), first);
  assert.deepEqual(await get(node, first.cap!), DATA);
  assert.deepEqual(await recordsOf(node.files.list(true)), [first]);
  const { cap: _secret, ...shown } = first;
  assert.deepEqual(await recordsOf(node.files.list(false)), [shown]);
});

test('the same wallet elsewhere makes the same blobs, another wallet others', async (t) => {
  const world = new World(t);
  const [here, there, other] = [await world.join('owner'), await world.join('owner'), await world.join('other')];
  const [a, b, c] = [await put(here), await put(there), await put(other)];
  assert.deepEqual([a.cap, a.blobs], [b.cap, b.blobs]);
  for (const uuid of c.blobs) assert.ok(!a.blobs.includes(uuid));
});

test('a cap alone restores what lies here, the private seal included', async (t) => {
  const node = await alone(t);
  const { cap } = await put(node, DATA, { privateSeal: true });
  const [tahoe, secret] = cap!.split('+seal:') as [string, string];
  assert.equal(parseReadCap(tahoe).kind, 'chk');
  assert.deepEqual(await get(node, cap!), DATA);
  await assert.rejects(get(node, tahoe), fails('lost'));
  const other = `${secret.startsWith('a') ? 'b' : 'a'}${secret.slice(1)}`;
  await assert.rejects(get(node, `${tahoe}+seal:${other}`), fails('lost'));
  await assert.rejects(get(node, `${tahoe}+seal:${secret.slice(2)}`), fails('usage'));
});

test('two private seals of one file share no blob', async (t) => {
  const world = new World(t);
  const [one, other] = [await world.join('owner'), await world.join('owner')];
  const [a, b] = [await put(one, DATA, { privateSeal: true }), await put(other, DATA, { privateSeal: true })];
  for (const uuid of a.blobs) assert.ok(!b.blobs.includes(uuid));
});

test('a file stored without a private seal is not said to have one', async (t) => {
  const node = await alone(t);
  const { cap } = await put(node);
  await assert.rejects(put(node, DATA, { privateSeal: true }), fails('failure'));
  assert.equal((await put(node)).cap, cap);
});

test('a put that another overtakes leaves what became of its blobs alone', async (t) => {
  const node = await alone(t);
  const { blobs, books } = node.context;
  const draft = blobs.draft.bind(blobs);
  let free = () => {};
  let stalled = () => {};
  const held = new Promise<void>((resolve) => {
    free = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    stalled = resolve;
  });
  blobs.draft = async () => {
    stalled();
    await held;
    return draft();
  };
  const slow = put(node);
  await reached;
  blobs.draft = draft;
  const first = await put(node);
  const [uuid] = first.blobs as [string];
  const live = { ...books.blobs.get(utf8(uuid))!, state: 'live' as const, contract: 'ab'.repeat(32) };
  await books.commit([books.blobs.put(utf8(uuid), live)]);
  await blobs.remove(uuid);
  free();
  assert.equal((await slow).cap, first.cap);
  assert.deepEqual(books.blobs.get(utf8(uuid)), live);
  assert.equal(await blobs.has(uuid), false, 'its steward has the bytes');
});

test('a small file is its cap: nothing is stored', async (t) => {
  const node = await alone(t);
  const small = await put(node, utf8('tiny'));
  assert.match(small.cap!, /^URI:LIT:/);
  assert.deepEqual([small.storage_index, small.blobs, small.size], [null, [], 4]);
  assert.deepEqual(await get(node, small.cap!), utf8('tiny'));
  assert.equal((await node.files.check({ cap: small.cap! })).verdict, 'healthy');
  assert.deepEqual(lying(node), []);
  assert.deepEqual(await recordsOf(node.files.list(true)), []);
});

test('an empty file is stored only where that is meant', async (t) => {
  const node = await alone(t);
  await assert.rejects(put(node, new Uint8Array(0)), fails('usage'));
  const { cap } = await put(node, new Uint8Array(0), { allowEmpty: true });
  assert.deepEqual(await get(node, cap!), new Uint8Array(0));
});

test('a plan, a wrong shape, a broken input: nothing is left behind', async (t) => {
  const node = await alone(t);
  const planned = await put(node, DATA, { dryRun: true });
  assert.deepEqual([planned.blobs, planned.cap], [[], undefined]);
  await assert.rejects(put(node, DATA, { needed: 4, happy: 3 }), fails('usage'));
  await assert.rejects(put(node, DATA, { happy: 5 }), fails('usage'));
  const broken = async function* () {
    yield DATA;
    throw new Error('the pipe broke');
  };
  await assert.rejects(node.files.put(PUT, broken()), /the pipe broke/);
  assert.deepEqual(lying(node), []);
  assert.deepEqual(await recordsOf(node.files.list(true)), []);
});

test('threat 24: where the books cannot be written the file is not stored, and can be put again', async (t) => {
  const node = await alone(t);
  node.failNextWrite = true;
  await assert.rejects(put(node), fails('disk-full'));
  assert.deepEqual(await recordsOf(node.files.list(true)), []);
  const { cap, blobs } = await put(node);
  assert.deepEqual(await get(node, cap!), DATA);
  assert.deepEqual(lying(node), [...blobs].sort());
});

test('shares that rot are replaced by others, and too few of them are lost', async (t) => {
  const node = await alone(t);
  const { cap, blobs } = await put(node);
  await rot(node, blobs[0]!);
  await node.context.blobs.remove(blobs[2]!);
  assert.deepEqual(await get(node, cap!), DATA);
  const degraded = await node.files.check({ cap: cap! });
  assert.deepEqual([degraded.verdict, degraded.good], ['degraded', 2]);
  assert.deepEqual(
    degraded.shares.map(({ share, good }) => [share, good]),
    [
      [0, false],
      [1, true],
      [2, false],
      [3, true],
    ],
  );
  await rot(node, blobs[3]!);
  await assert.rejects(
    get(node, cap!),
    (error) => isFailure(error) && error.code === 'lost' && error.exitStatus === 21,
  );
  assert.equal((await node.files.check({ cap: cap! })).verdict, 'lost');
  assert.equal((await node.files.check({ cap: cap! })).good, 1);
});

test('a forgotten file is gone from catalog and disk, and can be put again', async (t) => {
  const node = await alone(t);
  const { cap, storage_index: id } = await put(node);
  await assert.rejects(node.files.forget('nosuchfile'), fails('not-found'));
  assert.equal((await node.files.forget(cap!)).storage_index, id);
  assert.deepEqual(lying(node), []);
  assert.deepEqual(await recordsOf(node.files.list(true)), []);
  await assert.rejects(node.files.forget(id!), fails('not-found'));
  await assert.rejects(get(node, cap!), fails('lost'));
  assert.deepEqual(await get(node, (await put(node)).cap!), DATA);
});

test('a range is read, and what lies past the end left out', async (t) => {
  const node = await alone(t);
  const caps = [(await put(node)).cap!, (await put(node, utf8('a tiny file'))).cap!];
  for (const [at, whole] of [DATA, utf8('a tiny file')].entries()) {
    const range = async (offset?: number, length?: number) => {
      const { size, body } = await node.files.get({ cap: caps[at]!, offset, length });
      const bytes = await bytesOf(body);
      assert.equal(size, bytes.length);
      return bytes;
    };
    const { length } = whole;
    for (const [offset, wanted] of [
      [0, 1],
      [3, 2],
      [length - 1, 9],
      [length, 5],
      [2, 0],
      [1030, 2000],
    ] as const) {
      if (offset <= length) assert.deepEqual(await range(offset, wanted), whole.slice(offset, offset + wanted));
    }
    assert.deepEqual(await range(5), whole.slice(5));
    assert.deepEqual(await range(undefined, 7), whole.slice(0, 7));
    await assert.rejects(range(length + 1), fails('usage'));
  }
});

test('a reader that goes away in the middle leaves nothing open', async (t) => {
  const { world, file } = await spread(t);
  const stranger = await world.join('stranger');
  const open = () => readdirSync('/proc/self/fd').length;
  const before = open();
  for (let i = 0; i < 5; i++) {
    const { body } = await stranger.files.get({ cap: file.cap! });
    for await (const segment of body) {
      assert.ok(segment.length > 0);
      break;
    }
  }
  assert.equal(open(), before);
});

test('how many shares are enough can be said', async (t) => {
  const { world, file } = await spread(t);
  const stranger = await world.join('stranger');
  const { cap } = file;
  const check = async (node: TestNode, happy?: number) => {
    const { happy: told, verdict } = await node.files.check({ cap: cap!, happy });
    return [told, verdict];
  };
  assert.deepEqual(await check(stranger), [4, 'healthy'], 'seven, or all there are');
  assert.deepEqual(await check(stranger, 1), [2, 'healthy'], 'never fewer than needed');
  assert.deepEqual(await check(world.nodes[0]!), [3, 'healthy'], 'what the catalog says');
  assert.deepEqual(await check(world.nodes[0]!, 9), [4, 'healthy']);
});

test('what a peer may send is bounded, and large enough for any way to cut the file', () => {
  const bound = (needed: number, total: number, size: number) =>
    shareBytesMax({ kind: 'chk', key: new Uint8Array(16), uebHash: new Uint8Array(32), needed, total, size });
  const share = (needed: number, total: number, size: number, segmentSize: number) =>
    shareSizeFor({ needed, happy: needed, total, segmentSize }, size);
  for (const [needed, total] of [
    [1, 1],
    [3, 10],
    [1, 256],
    [256, 256],
  ] as const) {
    for (const size of [56, 5000, 1 << 20]) assert.ok(bound(needed, total, size) >= share(needed, total, size, 1));
    for (const size of [1 << 21, 1 << 34]) assert.ok(bound(needed, total, size) >= share(needed, total, size, 1024));
    assert.ok(bound(needed, total, 1 << 34) < 3 * (1 << 30) * 16);
  }
});

test('threat 22: what is no cap is refused', async (t) => {
  const node = await alone(t);
  for (const text of ['', 'URI:CHK:x', 'hello', 'URI:LIT:!!', '+seal:aa']) {
    await assert.rejects(node.files.get({ cap: text }), fails('usage'), text);
    await assert.rejects(node.files.check({ cap: text }), fails('usage'), text);
  }
});

test('with all shares at stewards anybody with the cap restores the file, from any two', async (t) => {
  const { world, owner, stewards, file } = await spread(t);
  const [listed] = await recordsOf(owner.files.list(true));
  assert.equal(listed!.live, 4);
  assert.deepEqual(lying(owner), []);
  const stranger = await world.join('stranger');
  assert.deepEqual(await get(stranger, file.cap!), DATA);
  assert.equal((await stranger.files.check({ cap: file.cap! })).good, 4);

  // One serves noise, one has let go: what is left is enough, and the check says which is bad.
  stewards[0]!.network.onTransfer = () => chunks(noise('not that', 2_000));
  const [kept] = await stewards[1]!.context.books.kept.all();
  await stewards[1]!.keeping.prune(kept!.uuid, [kept!.id]);
  assert.deepEqual(await get(stranger, file.cap!), DATA);
  const check = await owner.files.check({ cap: file.cap! });
  assert.deepEqual([check.verdict, check.good], ['degraded', 2]);
  const bad = check.shares.filter(({ good }) => !good).map(({ peer }) => peer);
  assert.ok(bad.includes(stewards[0]!.peerId));

  // Threat 10: one that proves and will not serve.
  stewards[2]!.network.onTransfer = () => {
    throw new Error('no');
  };
  await assert.rejects(get(stranger, file.cap!), fails('lost'));
  assert.deepEqual(lying(stranger), []);
});

test('threat 5: stewards with the cap alone cannot unseal a privately sealed share', async (t) => {
  const { world, file } = await spread(t, { privateSeal: true });
  const stranger = await world.join('stranger');
  assert.deepEqual(await get(stranger, file.cap!), DATA);
  await assert.rejects(get(stranger, file.cap!.split('+seal:')[0]!), fails('lost'));
});

test('threat 4: a share that is missing is rebuilt from the others as another blob', async (t) => {
  const { owner, stewards, file } = await spread(t);
  const { books, blobs } = owner.context;
  const uuid = file.blobs[1]!;
  const blob = books.blobs.get(utf8(uuid))!;
  const act = { kind: 'repair' as const, file: file.storage_index!, share: 1, uuid, requestId: 'r' };
  await assert.rejects(rebuildBlob(owner.context, owner.files, act), fails('failure'));
  await books.commit([books.blobs.put(utf8(uuid), { ...blob, state: 'mia' })]);
  const holder = stewards.find(({ peerId }) => peerId === books.owned.get(utf8(blob.contract!))!.peer)!;
  await holder.keeping.prune(uuid, [blob.contract!]);

  const rebuilt = await rebuildBlob(owner.context, owner.files, act);
  assert.notEqual(rebuilt.uuid, uuid);
  assert.deepEqual([rebuilt.share, rebuilt.generation, rebuilt.state], [1, 1, 'local']);
  assert.equal((await blobs.check(rebuilt.uuid)).good, true);
  assert.equal(books.blobs.get(utf8(uuid))!.state, 'replaced');
  assert.deepEqual(lying(owner), [rebuilt.uuid]);
  const check = await owner.files.check({ cap: file.cap! });
  assert.deepEqual([check.verdict, check.good], ['healthy', 4]);

  // Too few of the others, and nothing is left behind.
  const others = stewards.filter((steward) => steward !== holder);
  await books.commit([books.blobs.put(utf8(rebuilt.uuid), { ...rebuilt, state: 'mia' })]);
  for (const steward of others.slice(0, 2)) steward.network.onTransfer = () => chunks();
  const again = { ...act, uuid: rebuilt.uuid };
  await blobs.remove(rebuilt.uuid);
  await assert.rejects(rebuildBlob(owner.context, owner.files, again), fails('temporary'));
  assert.deepEqual(lying(owner), []);
});
