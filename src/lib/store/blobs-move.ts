import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { Failure, invariant, isFailure } from '../util/errors.js';
import type { BlobStore } from './blobs.js';
import { BlobDraft, type DraftKeeper } from './blobs-draft.js';
import type { Place } from './blobs-foreign.js';
import { folderOf } from './blobs-lock.js';
import { OpenBlob } from './blobs-open.js';
import type { BlobRoot } from './root.js';

/** How long a root that is being written to is left, before it is looked through again. */
const AGAIN_MS = 250;

export interface Moved {
  uuid: string;
  bytes: number;
  from: string;
  to: string;
  /** skipped: gone before its turn; corrupt: set aside where it was; failed: it could not be read. */
  status: 'planned' | 'moved' | 'skipped' | 'corrupt' | 'failed';
  reason: string | null;
}

/** The blob was removed or replaced while it was copied. */
class Overtaken extends Failure {
  constructor() {
    super('temporary', 'the blob was removed meanwhile');
  }
}

/**
 * Takes every blob of some roots to another: copied, synced, read back, renamed, and only then deleted
 * where it was; so that there is a whole copy at every moment. What is there already is not copied again.
 * Reads, new blobs and removals go on meanwhile. Throws 'disk-full' where the target's room ends.
 */
export async function* moveAll(store: BlobStore, sources: readonly BlobRoot[], to: BlobRoot): AsyncGenerator<Moved> {
  for (const source of sources) {
    const stuck = new Set<string>();
    // Once more while there was something: a blob that was being written comes late.
    for (let busy = true; busy; ) {
      busy = source.busy;
      for await (const place of store.inRoot(source)) {
        if (stuck.has(place.uuid)) continue;
        const moved = await moveOne(store, place, source, to);
        if (moved.status === 'failed') stuck.add(place.uuid);
        busy = true;
        yield moved;
      }
      if (source.busy) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

async function moveOne(store: BlobStore, place: Place, source: BlobRoot, to: BlobRoot): Promise<Moved> {
  const { uuid, size } = place;
  const facts = { uuid, bytes: size, from: source.path, to: to.path };
  invariant(place.writable && place.root === source.path && source !== to, 'a blob of a root of ours');
  try {
    if (await isThere(store, uuid, to)) {
      await drop(store, uuid, source, to);
      return { ...facts, status: 'moved', reason: null };
    }
    return { ...facts, ...(await copy(store, place, to)) };
  } catch (error) {
    if (error instanceof Overtaken) return { ...facts, status: 'skipped', reason: error.message };
    // No room, or no disk: the next blob would only fail in the same way.
    if (!isFailure(error) || error.code !== 'failure') throw error;
    return { ...facts, status: 'failed', reason: error.message };
  }
}

/** A copy that a move which was cut off had finished. */
async function isThere(store: BlobStore, uuid: string, to: BlobRoot): Promise<boolean> {
  const there = await to.find(uuid);
  return there !== undefined && (await store.checker.checkPlace(there))?.good === true;
}

function drop({ roots }: BlobStore, uuid: string, source: BlobRoot, to: BlobRoot): Promise<void> {
  return roots.locks.hold(folderOf(uuid), async () => {
    if ((await to.find(uuid)) && (await source.look())) await source.remove(uuid);
    roots.moved += 1;
  });
}

async function copy(store: BlobStore, place: Place, to: BlobRoot): Promise<Pick<Moved, 'status' | 'reason'>> {
  const blob = await OpenBlob.at(place);
  if (!blob) throw new Overtaken();
  const draft = await BlobDraft.create(switching(store, blob), to, place.size).catch(async (error) => {
    await blob.close();
    throw error;
  });
  try {
    const hash = createHash('sha256');
    for await (const chunk of blob.stream()) {
      hash.update(chunk);
      await draft.write(draft.size, chunk);
    }
    if (hash.digest('hex') !== place.uuid) {
      const verdict = await store.checker.checkPlace(place);
      return { status: 'corrupt', reason: verdict?.reason ?? 'its bytes are not what its name says' };
    }
    await draft.sync();
    if ((await draft.uuid()) !== place.uuid)
      throw new Failure('failure', `${to.path} gives other bytes than it was given`);
    await draft.keep(place.uuid);
    return { status: 'moved', reason: null };
  } finally {
    await draft.discard();
    await blob.close();
  }
}

/** Under the folder's lock the copy takes the blob's place, if that still is the file it was made of. */
function switching({ roots }: BlobStore, blob: OpenBlob): DraftKeeper {
  const { path } = blob.place;
  return {
    adopt: (root, name, uuid, size) =>
      roots.locks.hold(folderOf(uuid), async () => {
        const [own, now] = await Promise.all([blob.identity(), stat(path).catch(() => undefined)]);
        if (now?.ino !== own.ino || now.dev !== own.dev) throw new Overtaken();
        roots.refuseDropped(root);
        await root.adopt(name, uuid, size);
        roots.moved += 1;
        await roots.removeOthers(uuid, root);
      }),
    release: async () => {},
  };
}
