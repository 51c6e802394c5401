import { readAdvert } from '../../src/lib/chain/state.js';
import { formatAddress } from '../../src/lib/crypto/address.js';
import { signWithSeed } from '../../src/lib/crypto/ed25519.js';
import type { Contract } from '../../src/lib/market/contract.js';
import { decodeContract } from '../../src/lib/market/contract.js';
import { encodeSigned, offerContract } from '../../src/lib/market/signed.js';
import { advertise, commitBid, revealBid } from '../../src/lib/node/adverts.js';
import { blobHandlers } from '../../src/lib/node/handlers/blobs.js';
import { ask } from '../../src/lib/node/requests.js';
import { fromHex, utf8 } from '../../src/lib/util/bytes.js';
import { chunks, noise, type TestNode, type World } from './helpers.js';

/** Grains a GiB and network day: an interval's pay of a small blob is above dust. */
export const RESERVE = 1n << 34n;

/** A blob of the owner's, by hand. */
export async function putBlob(owner: TestNode, name: string, size = 3000): Promise<string> {
  const body = chunks(noise(name, size));
  const { uuid } = await blobHandlers(owner.context)['blob.put']({ name, allowEmpty: false }, body, {
    signal: new AbortController().signal,
  });
  return uuid;
}

/** An advert on the ledger for these blobs; gives its id. */
export async function advertiseBlobs(world: World, owner: TestNode, uuids: string[]): Promise<string> {
  const { books } = owner.context;
  const [made] = await books.exclusive(() =>
    advertise(owner.context, [{ uuids, reserve: RESERVE, creditDays: 35, termDays: 30 }]),
  );
  await world.mine();
  return made!.entry.id;
}

/** Each steward bids and reveals; afterwards the advert can be awarded. */
export function bidAll(world: World, advert: string, bids: readonly (readonly [TestNode, bigint])[]): Promise<void> {
  return bidOn(
    world,
    bids.map(([steward, price]) => ({ advert, steward, price })),
  );
}

/** The same, for adverts that stand side by side. */
export async function bidOn(world: World, bids: readonly { advert: string; steward: TestNode; price: bigint }[]) {
  for (const { advert, steward, price } of bids) {
    const { context } = steward;
    await context.books.exclusive(() => commitBid(context, { advert, price: RESERVE / price }));
  }
  await world.mine();
  const { state } = bids[0]!.steward.context.ledger;
  const found = bids.map(({ advert }) => readAdvert(state, fromHex(advert)!)!);
  await world.mineTo(Math.max(...found.map(({ closes }) => closes)) + 1);
  for (const { advert, steward } of bids) {
    const { context } = steward;
    await context.books.exclusive(() => revealBid(context, advert, ask('reveal', { advert })));
  }
  await world.mine();
  await world.mineTo(Math.max(...found.map(({ revealsUntil }) => revealsUntil)) + 1);
  await world.mineMany(world.params.settleDepth);
}

/** The contract that the owner wrote down for a lot. */
export function writtenOffer(owner: TestNode, advert: string, uuid: string): Contract {
  const lot = owner.context.books.adverts.get(utf8(advert))!.lots.find((candidate) => candidate.uuid === uuid)!;
  return decodeContract(lot.offer!.body);
}

/** An offer as an owner would sign it, whatever it says. */
export function signedOffer(owner: TestNode, advert: string, contract: Contract): Uint8Array {
  const { contact } = owner.context.books.adverts.get(utf8(advert))!;
  const { seed } = owner.context.wallet.keys().advertKey(contact);
  return encodeSigned(offerContract(contract, (message) => signWithSeed(seed, message)));
}

/** A payment of `amount` grains a contract, as the plan asks for it; `index`: of the first, its next by default. */
export function payAct({ context }: TestNode, contracts: string[], change: { amount: bigint; index?: number }) {
  const items = contracts.map((contract, i) => {
    const { payIndex } = context.books.owned.get(utf8(contract))!;
    const index = i === 0 ? (change.index ?? payIndex) : payIndex;
    const coversUntilSlot = context.ledger.tip.slot;
    return { contract, payIndex: index, amount: change.amount, coversUntilSlot, attempt: 0 as const };
  });
  const account = formatAddress(context.books.owned.get(utf8(contracts[0]!))!.account);
  const amount = change.amount * BigInt(items.length);
  return { kind: 'pay' as const, account, items, amount, requestId: `pay/${contracts[0]}/${items[0]!.payIndex}` };
}
