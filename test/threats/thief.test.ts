import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createChallenge } from '../../src/lib/bounty/challenge.js';
import { bountyHandlers } from '../../src/lib/node/handlers/bounties.js';
import { balanceOf, spend } from '../../src/lib/node/spend.js';
import { locatorOf, readProof } from '../../src/lib/seal/locator.js';
import { fromHex } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { Card } from '../chain/helpers.js';
import { bytesOf, type TestNode } from '../node/helpers.js';
import { contracted, keptOf, ownerEntry } from './dealings.js';

const AMOUNT = 50_000n;

/** The bytes that a steward serves to whoever knows no more than what is announced. */
function fetched({ network }: TestNode, peer: string, locator: Uint8Array): Promise<Uint8Array | undefined> {
  const prove = (server: Uint8Array, nonce: Uint8Array) => readProof(locator, network.peerIdBytes, server, nonce);
  return network
    .get(peer, { locator, prove })
    .then(({ body }) => bytesOf(body))
    .catch((error) => {
      if (!isFailure(error)) throw error;
      return undefined;
    });
}

/** Grains that a crawler of announcements gets of an open bounty on a blob that it was never given. */
async function stolen(t: TestContext, checks: boolean): Promise<bigint> {
  const { world, owner, steward, uuid, contract } = await contracted(t);
  const thief = await world.join('thief');
  const { readkey } = keptOf(steward, contract);
  const { keeping } = steward;
  const { onGet } = keeping;
  const own = steward.network.peerIdBytes;
  // A steward that looks at no proof: whatever is shown, it goes on as with the right one.
  if (!checks)
    keeping.onGet = (from, locator, _proof, nonce) =>
      onGet.call(keeping, from, locator, readProof(readkey, from, own, nonce), nonce);
  const post = bountyHandlers(owner.context, owner.performers.answers)['bounty.post'];
  const { bounty } = await post({ blob: uuid, amount: AMOUNT, dryRun: false }, { signal: t.signal });
  await world.mine();

  const locator = locatorOf(readkey);
  const [peer] = (await thief.network.providers([locator])).get(0)!;
  const bytes = await fetched(thief, peer!, locator);
  if (!bytes) return 0n;
  const { nonce } = ownerEntry(owner, bounty).items[0]!.item;
  const card = new Card(createChallenge(nonce, bytes.length).update(bytes).finish().scalar);
  const draft = { kind: 'sweep' as const, entries: [{ bounty: fromHex(bounty)!, to: thief.main }] };
  await spend(thief.context, { draft, sign: (message) => card.sign(message) });
  await world.mine();
  return balanceOf(thief.context, thief.main);
}

test('threat 26: a getter takes a blob that it may not read, and claims for it', async (t) => {
  assert.ok((await stolen(t, false)) > AMOUNT - 2_000n);
  assert.equal(await stolen(t, true), 0n);
});
