import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { Attachments } from '../../src/lib/node/attach.js';
import { claimPosted } from '../../src/lib/node/attach-bounties.js';
import { blobHandlers } from '../../src/lib/node/handlers/blobs.js';
import { openItem, postBounty } from '../../src/lib/node/posting.js';
import { balanceOf } from '../../src/lib/node/spend.js';
import { claimable, sweepBounties } from '../../src/lib/node/sweeps.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { tempDir } from '../helpers/temp.js';
import { leaseOf, ServerDir, sharesOf, until, uuidOf } from '../store/tahoe-trees.js';
import { bytesOf, chunks, type TestNode, World } from './helpers.js';

const AMOUNT = 50_000n;
const SIGNAL = { signal: new AbortController().signal };

/** An owner who knows a file's bare shares, and a steward on whose disk a Tahoe server keeps one. */
async function stage(t: TestContext) {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const steward = await world.join('steward');
  const server = new ServerDir(tempDir(t));
  const { si, shares } = await sharesOf('bare', 20_000);
  const uuids = shares.map(uuidOf);
  for (const share of shares)
    await blobHandlers(owner.context)['blob.put']({ name: 'bare', allowEmpty: false }, chunks(share), SIGNAL);
  server.put(si, 0, shares[0]!, [leaseOf('a'), leaseOf('b')], 1);
  const attachments = await Attachments.open(steward.context, { restMs: () => 20, soonMs: 20 });
  t.after(() => attachments.close());
  const { foreign } = steward.context.blobs.roots;
  const attach = async () => {
    await foreign.attach!(server.dir);
    await until(() => foreign.find(uuids[0]!) !== undefined);
  };
  return { world, owner, steward, server, si, shares, uuids, attach, foreign };
}

/** An open bounty, named by the UUID. */
async function post({ context }: TestNode, uuid: string, durationSlots = 100): Promise<string> {
  const items = [openItem(context, uuid, AMOUNT)];
  const { bounty } = await context.books.exclusive(() => postBounty(context, { items, payee: null, durationSlots }));
  return bounty.id;
}

async function claims({ context, performers }: TestNode): Promise<string[]> {
  return (await claimable(context, performers.answers)).map(({ id }) => id);
}

/** As `bounty sweep --all` does. */
async function sweepAll({ context, performers }: TestNode): Promise<string[]> {
  const entries = await claimable(context, performers.answers);
  if (entries.length === 0) return [];
  const swept = await context.books.exclusive(() => sweepBounties(context, performers.answers, entries, {}));
  return swept.map(({ id }) => id);
}

test('whoever has the share in an attached tree sweeps an open bounty for it', async (t) => {
  const { world, owner, steward, server, uuids, attach } = await stage(t);
  const before = server.snapshot();
  await attach();
  const id = await post(owner, uuids[0]!);
  await post(owner, uuids[1]!);
  await world.mine();
  assert.deepEqual(await sweepAll(steward), [id]);
  await world.mine();
  const arrived = balanceOf(steward.context, steward.main);
  assert.ok(arrived > AMOUNT - 2_000n && arrived < AMOUNT, `${arrived} of ${AMOUNT} arrived`);
  assert.deepEqual(await sweepAll(steward), []);
  assert.deepEqual(server.snapshot(), before);
});

test('a bounty that was posted before its share was attached, or uploaded, is found when that comes', async (t) => {
  const { world, owner, steward, server, si, shares, uuids, attach } = await stage(t);
  const first = await post(owner, uuids[0]!);
  const second = await post(owner, uuids[1]!);
  await world.mine();
  const fork = await world.fork();
  assert.deepEqual(await claims(steward), []);
  await attach();
  await until(async () => (await claims(steward)).length > 0);
  assert.deepEqual(await claims(steward), [first]);
  server.put(si, 1, shares[1]!);
  await until(async () => (await claims(steward)).length > 1);
  assert.deepEqual((await claims(steward)).sort(), [first, second].sort());
  // Taken back and included again, it is the same bounty.
  await world.mine();
  await world.reorganise(fork, 3);
  assert.deepEqual((await sweepAll(steward)).sort(), [first, second].sort());
  for await (const [key] of steward.context.books.posted.entries()) assert.fail(Buffer.from(key).toString());
});

test('what nobody here can claim is forgotten with its bounty, and taken back with its block', async (t) => {
  const { world, owner, steward, uuids } = await stage(t);
  const { books, params } = steward.context;
  const posted = async () => {
    let count = 0;
    for await (const _ of books.posted.entries()) count++;
    return count;
  };
  const fork = await world.fork();
  const id = await post(owner, uuids[0]!, params.derived.claimWindowSlots);
  await world.mine();
  assert.equal(await posted(), 1);
  await world.reorganise(fork, 2);
  assert.equal(await posted(), 0);
  await world.mine();
  assert.equal(await posted(), 1);
  assert.equal(await claimPosted(steward.context, () => false), 0);
  assert.equal(await posted(), 1);
  await world.mineTo(world.slot + 2 * params.derived.claimWindowSlots + 2);
  assert.equal(await claimPosted(steward.context, () => false), 0);
  assert.equal(await posted(), 0);
  assert.equal(books.bounties.get(utf8(`steward/${id}`)), undefined);
});

test('while its tree is missing nothing is claimed, forgotten or thought bad, and then all of it is', async (t) => {
  const { world, owner, steward, server, uuids, attach, foreign } = await stage(t);
  const { blobs } = steward.context;
  await attach();
  renameSync(server.dir, `${server.dir}-away`);
  await until(() => foreign.missing(uuids[0]!) !== undefined);
  await assert.rejects(blobs.size(uuids[0]!), { name: 'Failure', code: 'temporary', message: /is not there/ });
  assert.equal(await blobs.size(uuids[1]!), undefined);
  const id = await post(owner, uuids[0]!);
  await world.mine();
  assert.deepEqual(await sweepAll(steward), []);
  renameSync(`${server.dir}-away`, server.dir);
  await until(() => foreign.find(uuids[0]!) !== undefined);
  assert.deepEqual(await sweepAll(steward), [id]);
});

test('the store reads an attached share, checks it, and never writes, moves or removes it', async (t) => {
  const { steward, server, si, shares, uuids, attach } = await stage(t);
  const { blobs } = steward.context;
  const before = server.snapshot();
  await attach();
  const uuid = uuids[0]!;
  assert.deepEqual(await bytesOf(blobs.read(uuid)), shares[0]);
  assert.deepEqual(await bytesOf(blobs.read(uuid, 100, 50)), shares[0]!.slice(100, 150));
  assert.deepEqual(await blobs.check(uuid), { good: true, reason: null });
  assert.equal(await blobs.remove(uuid), 0);
  await blobs.letGo(uuid);
  // One that lies in both is deleted where it is ours.
  const { release } = await blobs.put(chunks(shares[0]!));
  assert.equal(await blobs.remove(uuid), shares[0]!.length);
  await release();
  assert.equal(await blobs.size(uuid), shares[0]!.length);
  assert.deepEqual(server.snapshot(), before);
  // The disk's fault, in the middle: its ends and its leases are as they were.
  const handle = await open(server.path(si, 0), 'r+');
  await handle.write(Uint8Array.of(shares[0]![5000]! ^ 4), 0, 1, 12 + 5000);
  await handle.close();
  const rotten = server.snapshot();
  await assert.rejects(blobs.openGood(uuid), { name: 'Failure', code: 'lost' });
  assert.equal(await blobs.size(uuid), undefined);
  assert.equal((await blobs.check(uuid)).good, false);
  assert.deepEqual(server.snapshot(), rotten);
});
