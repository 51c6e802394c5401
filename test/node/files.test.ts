import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseReadCap } from '../../src/lib/codec/caps.js';
import { awardLots } from '../../src/lib/node/awards.js';
import { rebuildBlob } from '../../src/lib/node/repair.js';
import type { MethodParams } from '../../src/lib/rpc/methods.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { type FailureCode, isFailure } from '../../src/lib/util/errors.js';
import { bytesOf, chunks, noise, recordsOf, type TestNode, World } from './helpers.js';
import { advertiseBlobs, bidAll } from './market.js';

const PUT: MethodParams<'file.put'> = {
  ...{ name: 'a file', needed: 2, happy: 3, total: 4, segmentSize: 1024 },
  ...{ privateSeal: false, allowEmpty: false, dryRun: false },
};
const DATA = noise('a file', 5_000);

const fails = (code: FailureCode) => (error: unknown) => isFailure(error) && error.code === code;
const put = (node: TestNode, data = DATA, changes: Partial<typeof PUT> = {}) =>
  node.files.put({ ...PUT, ...changes }, chunks(data.subarray(0, 999), data.subarray(999)));
const get = async (node: TestNode, cap: string) => bytesOf((await node.files.get(cap)).body);

async function alone(t: TestContext): Promise<TestNode> {
  return new World(t).join('owner');
}

/** What lies in the node's folders: blobs, and nothing half-done. */
function lying({ context }: TestNode): string[] {
  assert.deepEqual(readdirSync(join(context.home, 'spool')), []);
  assert.deepEqual(readdirSync(join(context.home, 'blobs', 'partial')), []);
  return readdirSync(join(context.home, 'blobs'), { recursive: true })
    .map((name) => name.toString().split('/')[1] ?? '')
    .filter((name) => name.length === 64)
    .sort();
}

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
  assert.equal((await node.files.check(small.cap!)).verdict, 'healthy');
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
  const rot = async (uuid: string) => {
    const { path } = (await node.context.blobs.locate(uuid))!;
    writeFileSync(
      path,
      readFileSync(path).map((byte, i) => (i === 700 ? byte ^ 1 : byte)),
    );
  };
  await rot(blobs[0]!);
  await node.context.blobs.remove(blobs[2]!);
  assert.deepEqual(await get(node, cap!), DATA);
  const degraded = await node.files.check(cap!);
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
  await rot(blobs[3]!);
  await assert.rejects(
    get(node, cap!),
    (error) => isFailure(error) && error.code === 'lost' && error.exitStatus === 21,
  );
  assert.equal((await node.files.check(cap!)).verdict, 'lost');
  assert.equal((await node.files.check(cap!)).good, 1);
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

test('threat 22: what is no cap is refused', async (t) => {
  const node = await alone(t);
  for (const text of ['', 'URI:CHK:x', 'hello', 'URI:LIT:!!', '+seal:aa']) {
    await assert.rejects(node.files.get(text), fails('usage'), text);
    await assert.rejects(node.files.check(text), fails('usage'), text);
  }
});

/** A file of 2 of 4, a share with each of four stewards. */
async function spread(t: TestContext, changes: Partial<typeof PUT> = {}) {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const stewards: TestNode[] = [];
  for (let i = 0; i < 4; i++) stewards.push(await world.join(`steward ${i}`, { rich: true }));
  const file = await put(owner, DATA, changes);
  const advert = await advertiseBlobs(world, owner, file.blobs);
  await bidAll(
    world,
    advert,
    stewards.map((steward, i) => [steward, BigInt(i + 2)] as const),
  );
  await awardLots(owner.context, advert);
  return { world, owner, stewards, file };
}

test('with all shares at stewards anybody with the cap restores the file, from any two', async (t) => {
  const { world, owner, stewards, file } = await spread(t);
  const [listed] = await recordsOf(owner.files.list(true));
  assert.equal(listed!.live, 4);
  assert.deepEqual(lying(owner), []);
  const stranger = await world.join('stranger');
  assert.deepEqual(await get(stranger, file.cap!), DATA);
  assert.equal((await stranger.files.check(file.cap!)).good, 4);

  // One serves noise, one has let go: what is left is enough, and the check says which is bad.
  stewards[0]!.network.onTransfer = () => chunks(noise('not that', 2_000));
  const [kept] = await stewards[1]!.context.books.kept.all();
  await stewards[1]!.keeping.prune(kept!.uuid, [kept!.id]);
  assert.deepEqual(await get(stranger, file.cap!), DATA);
  const check = await owner.files.check(file.cap!);
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
  const check = await owner.files.check(file.cap!);
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
