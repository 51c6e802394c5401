import assert from 'node:assert/strict';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { perform } from '../../src/lib/node/acts.js';
import { Answers } from '../../src/lib/node/answers.js';
import { awardLots } from '../../src/lib/node/awards.js';
import { ownerRecord, stewardRecord } from '../../src/lib/node/blob-records.js';
import { dealAgain } from '../../src/lib/node/deal.js';
import { blobHandlers } from '../../src/lib/node/handlers/blobs.js';
import { bountyHandlers } from '../../src/lib/node/handlers/bounties.js';
import { stewardHandlers } from '../../src/lib/node/handlers/steward.js';
import { takeSnapshot } from '../../src/lib/node/snapshot.js';
import { nodeRecord } from '../../src/lib/node/status.js';
import { locatorOf, readProof } from '../../src/lib/seal/locator.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { type FailureCode, isFailure } from '../../src/lib/util/errors.js';
import { tempDir } from '../helpers/temp.js';
import { bytesOf, noise, recordsOf, type TestNode, World } from './helpers.js';
import { advertiseBlobs, bidAll, putBlob } from './market.js';

const signal = new AbortController().signal;
const fails = (code: FailureCode, message: RegExp) => (error: unknown) =>
  isFailure(error) && error.code === code && message.test(error.message);
const snapshotOf = ({ context, performers, seen }: TestNode) => takeSnapshot(context, performers.answers, seen);

function unmount(node: TestNode): () => void {
  const root = join(node.context.home, 'blobs');
  renameSync(root, `${root}.away`);
  return () => renameSync(`${root}.away`, root);
}

/** A steward that holds a blob of an owner's under a contract. */
async function kept(t: TestContext) {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const steward = await world.join('steward', { rich: true });
  const uuid = await putBlob(owner, 'blob');
  const advert = await advertiseBlobs(world, owner, [uuid]);
  await bidAll(world, advert, [[steward, 3n]]);
  const [outcome] = await awardLots(owner.context, advert);
  return { world, owner, steward, uuid, contract: outcome!.contract! };
}

test("a steward's missing disk closes no contract, prunes nothing, and is told to nobody as a blob that is gone", async (t) => {
  const { owner, steward, uuid, contract } = await kept(t);
  const { books } = steward.context;
  const { readkey } = books.kept.get(utf8(contract))!;
  const mount = unmount(steward);
  await assert.rejects(steward.keeping.prune(uuid, [contract]), fails('temporary', /may be on/));
  assert.equal(books.kept.get(utf8(contract))!.state, 'live');
  const record = await stewardRecord(steward.context, books.kept.get(utf8(contract))!);
  assert.match(record.unknown!, /may be on/);
  assert.deepEqual((await nodeRecord(steward.context)).missing_roots, [join(steward.context.home, 'blobs')]);
  const nonce = new Uint8Array(32);
  const proof = readProof(readkey, owner.network.peerIdBytes, steward.network.peerIdBytes, nonce);
  const get = () => steward.keeping.onGet(owner.network.peerIdBytes, locatorOf(readkey), proof, nonce);
  await assert.rejects(get, fails('temporary', /^the blob cannot be read now$/));
  const { disk } = (await snapshotOf(steward)).steward;
  assert.equal(disk.freeBytes, 0, 'nothing is promised that no disk could take');
  mount();
  const held = (await get())!;
  assert.deepEqual(await bytesOf(held.read(0, 3000)), noise('blob', 3000));
  await held.close!();
  assert.equal(await steward.keeping.prune(uuid, [contract]), 3000);
});

test('an open bounty for bytes on a missing disk waits, and is claimed once that is back', async (t) => {
  const { world, owner, steward, uuid } = await kept(t);
  const mount = unmount(steward);
  const post = { blob: uuid, amount: 50_000n, dryRun: false };
  await bountyHandlers(owner.context, owner.performers.answers)['bounty.post'](post, { signal });
  await world.mine();
  const claimable = async () => (await snapshotOf(steward)).steward.claimable.filter(({ fits }) => fits).length;
  assert.equal(await claimable(), 0);
  mount();
  assert.equal(await claimable(), 1);
});

test('a bounty whose disk is missing does not keep the others from being swept', async (t) => {
  const { world, owner, steward } = await kept(t);
  const { books, blobs } = steward.context;
  const second = tempDir(t);
  const uuids: string[] = [];
  for (const name of ['one', 'two']) {
    uuids.push(await putBlob(steward, name));
    await putBlob(owner, name);
    if (name === 'one')
      await recordsOf(
        stewardHandlers(steward.context, steward.seen)['steward.move']({ to: second, dryRun: false }, { signal }),
      );
    if (name === 'one') await blobs.roots.change(blobs.roots.at(second)!, { state: 'draining' });
    if (name === 'one') await blobs.roots.change(blobs.roots.roots[0]!, { state: 'active' });
  }
  const handlers = bountyHandlers(owner.context, owner.performers.answers);
  for (const blob of uuids) await handlers['bounty.post']({ blob, amount: 50_000n, dryRun: false }, { signal });
  await world.mine();
  const { claimable } = (await snapshotOf(steward)).steward;
  assert.deepEqual(
    claimable.map(({ fits }) => fits),
    [true, true],
  );
  // Answered once, the scalars are in memory; after a restart they are not.
  const answers = new Answers(steward.context);
  renameSync(second, `${second}.away`);
  const bounties = claimable.map(({ id }) => id);
  const act = { kind: 'sweep' as const, bounties, requestId: 'sweep/both' };
  const done = await perform(steward.context, { ...steward.performers, answers }, act);
  assert.deepEqual(
    done.map(({ blob }) => blob),
    [uuids[1]],
  );
  const left = (await books.bounties.all()).find(
    ({ role, items }) => role === 'steward' && items[0]!.uuid === uuids[0],
  );
  assert.deepEqual([left!.closing, left!.fits], [null, true]);
  renameSync(`${second}.away`, second);
  const again = { ...act, bounties: [left!.id], requestId: 'sweep/left' };
  assert.equal((await perform(steward.context, { ...steward.performers, answers }, again)).length, 1);
});

test("an owner's missing disk: nothing is ended as lost or advertised, and its stewards are dealt and read", async (t) => {
  const { world, owner, uuid, contract } = await kept(t);
  const { books } = owner.context;
  const local = await putBlob(owner, 'local');
  const mount = unmount(owner);
  // The blob is a steward's, and never was needed here.
  const dealt = await dealAgain(owner.context, owner.performers, uuid, 3);
  assert.equal(dealt.deck.cards.length, 3);
  // Once advertised, it wants a steward as long as it has none.
  await books.commit([books.blobs.put(utf8(local), { ...books.blobs.get(utf8(local))!, advert: 'ab'.repeat(32) })]);
  assert.deepEqual((await snapshotOf(owner)).owner.blobs, [], 'what nobody can look for is not planned for');
  assert.match((await ownerRecord(owner.context, books.blobs.get(utf8(local))!)).unknown!, /may be on/);
  const end = { kind: 'end' as const, contract, requestId: `end/${contract}` };
  await assert.rejects(perform(owner.context, owner.performers, end), fails('temporary', /may be on/));
  assert.equal(books.blobs.get(utf8(uuid))!.state, 'live');
  await assert.rejects(putBlob(owner, 'late'), fails('temporary', /is not there/));
  mount();
  assert.deepEqual(
    (await snapshotOf(owner)).owner.blobs.map((blob) => blob.uuid),
    [local],
  );
  await perform(owner.context, owner.performers, end);
  assert.equal(books.blobs.get(utf8(uuid))!.state, 'mia');
  await world.mine();
});

test('bytes that went bad are served to nobody, dealt from by nobody, and answer no bounty for good', async (t) => {
  const { world, owner, steward, uuid, contract } = await kept(t);
  const { blobs, books } = steward.context;
  const { path } = (await blobs.locate(uuid))!;
  writeFileSync(path, noise('rotten', 3000));
  const post = { blob: uuid, amount: 50_000n, dryRun: false };
  await bountyHandlers(owner.context, owner.performers.answers)['bounty.post'](post, { signal });
  await world.mine();
  const [entry] = (await books.bounties.all()).filter(({ role }) => role === 'steward');
  assert.deepEqual(await steward.performers.answers.fit([entry!]), [false]);
  assert.equal(entry!.fits, null);
  const [now] = (await books.bounties.all()).filter(({ role }) => role === 'steward');
  assert.equal(now!.fits, null, 'it says nothing of the bounty');
  assert.equal(await blobs.has(uuid), false);
  const handlers = blobHandlers(steward.context);
  const verdict = await handlers['blob.check']({ uuid }, { signal });
  assert.equal(verdict.good, false);
  assert.match(verdict.reason!, /set aside in .*corrupt/);
  await assert.rejects(handlers['blob.get']({ uuid }, { signal }), fails('not-found', /no blob/));
  assert.equal(books.kept.get(utf8(contract))!.state, 'live', 'its owner will judge');
  const own = await putBlob(owner, 'own');
  writeFileSync((await owner.context.blobs.locate(own))!.path, 'rotten');
  await assert.rejects(dealAgain(owner.context, owner.performers, own, 2), fails('lost', /went bad/));
});

test('scrub: a verdict for every blob, those that are nowhere among them, and the disks that are missing', async (t) => {
  const { owner, steward, uuid } = await kept(t);
  const good = await putBlob(owner, 'good');
  const bad = await putBlob(owner, 'bad');
  const gone = await putBlob(owner, 'gone');
  const { blobs } = owner.context;
  const { path } = (await blobs.locate(bad))!;
  writeFileSync(path, 'rotten');
  await blobs.remove(gone);
  const scrub = ({ context }: TestNode) => recordsOf(blobHandlers(context)['blob.scrub']({ rate: 0 }, { signal }));
  const verdicts = (await scrub(owner)) as { uuid: string; good: boolean; reason: string | null }[];
  assert.deepEqual(
    new Map(verdicts.map((record) => [record.uuid, record.good])),
    new Map([
      [good, true],
      [bad, false],
      [gone, false],
    ]),
  );
  assert.match(verdicts.find((record) => record.uuid === gone)!.reason!, /not held here/);
  // Set aside, it is reported again, and not read again.
  assert.equal(((await scrub(owner)) as { good: boolean }[]).filter((record) => !record.good).length, 2);
  const mount = unmount(steward);
  const missing = await scrub(steward);
  assert.deepEqual(
    missing.map((record) => ('type' in record ? [record.type, record.state] : record)),
    [['root', 'missing']],
  );
  mount();
  assert.deepEqual(await scrub(steward), [{ uuid, good: true, reason: null }]);
});

test('scrub: what cannot be read keeps nothing else from being checked, and is told', async (t) => {
  const { owner } = await kept(t);
  const [first, second] = [await putBlob(owner, 'good'), await putBlob(owner, 'other')];
  const { path } = (await owner.context.blobs.locate(first))!;
  const folder = dirname(path);
  renameSync(folder, `${folder}.away`);
  symlinkSync(folder, folder);
  const seen: unknown[] = [];
  const scrub = async () => {
    for await (const record of blobHandlers(owner.context)['blob.scrub']({ rate: 0 }, { signal })) seen.push(record);
  };
  await assert.rejects(scrub, fails('failure', new RegExp(`reading ${folder}: `)));
  assert.deepEqual(seen, [{ uuid: second, good: true, reason: null }]);
  const record = await ownerRecord(owner.context, owner.context.books.blobs.get(utf8(first))!);
  assert.deepEqual([record.held, /which cannot be read/.test(record.unknown!)], [false, true]);
});

test('a blob that is put again is held again, whatever became of its bytes here', async (t) => {
  const world = new World(t);
  const owner = await world.join('owner');
  const { blobs } = owner.context;
  const uuid = await putBlob(owner, 'blob');
  writeFileSync((await blobs.locate(uuid))!.path, 'rotten');
  assert.equal(await putBlob(owner, 'blob'), uuid);
  assert.equal((await blobs.check(uuid)).good, true);
  await blobs.remove(uuid);
  await putBlob(owner, 'blob');
  assert.equal((await blobs.check(uuid)).good, true);
  // Once a steward has it, no copy is needed here.
  const { books } = owner.context;
  await books.commit([books.blobs.put(utf8(uuid), { ...books.blobs.get(utf8(uuid))!, state: 'live' })]);
  await blobs.remove(uuid);
  await putBlob(owner, 'blob');
  assert.equal(await blobs.has(uuid), false);
});

test('a standing bid promises what one disk takes: reserve, capacity and lots to come taken off', async (t) => {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const steward = await world.join('steward', { rich: true });
  const handlers = stewardHandlers(steward.context, steward.seen);
  const home = join(steward.context.home, 'blobs');
  const free = async () => (await snapshotOf(steward)).steward.disk.freeBytes;
  await handlers['steward.attach']({ dir: home, blobs: true, capacity: 10_000 }, { signal });
  const { roots } = steward.context.blobs;
  await roots.counted(roots.at(home)!);
  assert.equal(await free(), 10_000);
  await putBlob(steward, 'own', 1000);
  assert.equal(await free(), 9000);
  const uuid = await putBlob(owner, 'blob');
  const advert = await advertiseBlobs(world, owner, [uuid]);
  await bidAll(world, advert, [[steward, 3n]]);
  assert.equal(await free(), 6000, 'a lot that may yet be won');
  await awardLots(owner.context, advert);
  assert.equal(await free(), 6000, 'and has come');
  await handlers['steward.attach']({ dir: home, blobs: true, reserve: 2 ** 50 }, { signal });
  assert.equal(await free(), 0);
});

test('move over the socket: a plan, the move, the emptied disk forgotten, and the rest as it was', async (t) => {
  const { steward, uuid } = await kept(t);
  const handlers = stewardHandlers(steward.context, steward.seen);
  const own = join(steward.context.home, 'blobs');
  const [second, third] = [tempDir(t), join(tempDir(t), 'third')];
  mkdirSync(third);
  const move = (params: object) =>
    recordsOf(handlers['steward.move']({ dryRun: false, to: '', ...params }, { signal }));
  const list = async () => {
    const roots = await recordsOf(handlers['steward.ls']({}, { signal }));
    return roots.map(({ path, state, blobs }) => [path, state, blobs]);
  };
  await steward.context.blobs.roots.counted(steward.context.blobs.roots.at(own)!);
  const facts = { type: 'move', uuid, bytes: 3000, reason: null };
  assert.deepEqual(await move({ to: second, dryRun: true }), [{ ...facts, from: own, to: second, status: 'planned' }]);
  assert.deepEqual(await list(), [[own, 'active', 1]]);
  assert.deepEqual(await move({ to: second }), [{ ...facts, from: own, to: second, status: 'moved' }]);
  await Promise.all(steward.context.blobs.roots.roots.map((root) => steward.context.blobs.roots.counted(root)));
  assert.deepEqual(await list(), [
    [own, 'draining', 0],
    [second, 'active', 1],
  ]);
  await putBlob(steward, 'late');
  await move({ to: third, from: second });
  assert.deepEqual(
    (await list()).map(([path]) => path),
    [own, third],
  );
  await assert.rejects(move({ to: third, from: second }), fails('not-found', /no root of blobs/));
  await assert.rejects(move({ to: third, from: third }), fails('usage', /where the blobs are to go/));
  await assert.rejects(move({ to: join(third, 'absent') }), fails('not-found', /no such/));
  assert.deepEqual(await bytesOf(steward.context.blobs.read(uuid)), noise('blob', 3000));
  await move({ to: own });
  assert.deepEqual(
    (await list()).map(([path, state]) => [path, state]),
    [[own, 'active']],
  );
});
