import { Failure } from '../util/errors.js';
import type { RootSet } from './blobs-roots.js';
import type { BlobRoot } from './root.js';

/** Where a new blob goes: of the roots that take any, the one with the most room. Throws where there is none. */
export async function rootForNew(set: RootSet): Promise<BlobRoot> {
  let best: { root: BlobRoot; room: number } | undefined;
  for (const root of await takingRoots(set)) {
    if (root.entry.capacity !== null) await set.counted(root).catch(() => undefined);
    const room = await root.room.left().catch(() => 0);
    if (!best || room > best.room) best = { root, room };
  }
  if (!best) throw refusal(set);
  return best.root;
}

/** Bytes of the largest blob that would be taken now; a root that is to be counted first takes none. */
export async function largestRoom(set: RootSet): Promise<number> {
  const rooms = (await takingRoots(set)).map((root) => root.room.left().catch(() => 0));
  return Math.max(0, ...(await Promise.all(rooms)));
}

async function takingRoots(set: RootSet): Promise<BlobRoot[]> {
  const taking: BlobRoot[] = [];
  for (const root of [...set.roots]) if (root.entry.state === 'active' && (await root.isReady())) taking.push(root);
  return taking;
}

function refusal({ roots }: RootSet): Failure {
  const gone = roots.find(({ present, entry }) => !present && entry.state === 'active');
  if (gone) {
    return new Failure(
      'temporary',
      `storing a blob: ${gone.path} is not there, and no other root takes blobs`,
      'mount it again, or attach another: holdfast steward attach --blobs',
    );
  }
  return new Failure('disk-full', 'storing a blob: no root takes blobs', 'attach one: holdfast steward attach --blobs');
}
