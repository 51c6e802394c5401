import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatAddress } from '../../src/lib/crypto/address.js';
import { walletHandlers } from '../../src/lib/node/handlers/wallet.js';
import { balanceOf } from '../../src/lib/node/spend.js';
import { Failure } from '../../src/lib/util/errors.js';
import { bob } from '../chain/helpers.js';
import { tempDir } from '../helpers/temp.js';
import { recordsOf, World } from '../node/helpers.js';
import { noise, openShop, type Shop, uuidOf } from '../store/blobs-helpers.js';

test('threat 24: killed before it was told that it paid, whoever asked asks again', async (t) => {
  /** What the payee of one payment gets, by what the node remembers of requests. */
  const received = async (remembers: boolean) => {
    const world = new World(t);
    const node = await world.join('owner', { rich: true });
    const { books } = node.context;
    if (!remembers) books.requests.get = () => undefined;
    const request = { to: formatAddress(bob.address), amount: 5_000n, requestId: 'r1', dryRun: false };
    const send = () => recordsOf(walletHandlers(node.context)['wallet.send'](request, { signal: t.signal }));
    // Written down and sent; what it came to is heard by nobody.
    await send();
    await send();
    await world.mine();
    return balanceOf(node.context, bob.address);
  };
  assert.equal(await received(false), 10_000n, 'paid twice');
  assert.equal(await received(true), 5_000n);
});

const BYTES = noise('a blob', 100_000);
const UUID = uuidOf(BYTES);
const HALF = BYTES.subarray(0, 50_000);

/** Bytes of which the second half never comes. */
async function* halved(cut: () => void) {
  yield HALF;
  cut();
  throw new Failure('unreachable', 'the power is gone');
}

type Write = (shop: Shop, cut: () => void) => Promise<void>;

const inPlace: Write = async ({ root }, cut) => {
  mkdirSync(join(root, UUID.slice(0, 2)));
  writeFileSync(join(root, UUID.slice(0, 2), UUID), HALF);
  cut();
};
const renamed: Write = ({ blobs }, cut) =>
  assert.rejects(blobs.put(halved(cut), { uuid: UUID, size: BYTES.length }), /the power is gone/);

test('threat 24: the power fails while a blob is written', async (t) => {
  /** What a store started again on the disk as it was then says of the blob: that it is held, and that it is good. */
  const restarted = async (write: Write) => {
    const shop = await openShop(t);
    const home = tempDir(t);
    await write(shop, () => cpSync(shop.root, join(home, 'blobs'), { recursive: true }));
    const { blobs } = await openShop(t, { home });
    const held = await blobs.has(UUID);
    return { held, good: held && (await blobs.check(UUID)).good };
  };
  assert.deepEqual(await restarted(inPlace), { held: true, good: false }, 'lost, and taken for held');
  assert.deepEqual(await restarted(renamed), { held: false, good: false });
});
