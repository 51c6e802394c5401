import type { TestContext } from 'node:test';
import { perform } from '../../src/lib/node/acts.js';
import { awardLots } from '../../src/lib/node/awards.js';
import { bountyKey } from '../../src/lib/node/indexer.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { type TestNode, World } from '../node/helpers.js';
import { advertiseBlobs, bidAll, putBlob } from '../node/market.js';

export const BLOB = 'blob';
export const BLOB_BYTES = 3000;

export const act = (node: TestNode, what: Parameters<typeof perform>[2]) =>
  perform(node.context, node.performers, what);
export const ownerEntry = ({ context }: TestNode, id: string) => context.books.bounties.get(bountyKey('owner', id))!;
export const stewardEntry = ({ context }: TestNode, id: string) =>
  context.books.bounties.get(bountyKey('steward', id))!;
export const keptOf = ({ context }: TestNode, contract: string) => context.books.kept.get(utf8(contract))!;

/** An owner and a steward, each a node, with a contract on one blob. */
export async function contracted(t: TestContext) {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const steward = await world.join('steward', { rich: true });
  const uuid = await putBlob(owner, BLOB, BLOB_BYTES);
  const advert = await advertiseBlobs(world, owner, [uuid]);
  await bidAll(world, advert, [[steward, 3n]]);
  const [outcome] = await awardLots(owner.context, advert);
  return { world, owner, steward, uuid, contract: outcome!.contract! };
}
