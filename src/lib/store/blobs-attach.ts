import { readdir, realpath, stat } from 'node:fs/promises';
import { Failure, fromSystemError } from '../util/errors.js';
import type { BlobStore } from './blobs.js';
import type { RootSet } from './blobs-roots.js';
import type { BlobRoot } from './root.js';
import type { RootEntry } from './root-book.js';
import { MARKER_NAME, makeMarker, readMarker } from './root-marker.js';

export interface RootSettings {
  /** null: as much as the disk takes. */
  capacity?: number | null | undefined;
  reserve?: number | undefined;
}

/** What an empty disk has of itself, and what a kill while a root was made leaves. */
const NOTHING = new Set(['lost+found', `${MARKER_NAME}.new`]);

/** A directory becomes a root, or an attached one gets other limits. Throws 'temporary' where that one is missing. */
export function attachRoot(set: RootSet, dir: string, settings: RootSettings = {}): Promise<BlobRoot> {
  return set.book.inTurn(() => attachNow(set, dir, settings));
}

async function attachNow(set: RootSet, dir: string, settings: RootSettings): Promise<BlobRoot> {
  const known = set.at(dir) ?? set.at(await trueDirectory(dir));
  if (known) {
    if (await known.look()) return set.change(known, given(settings));
    throw new Failure(
      'temporary',
      `${known.path} is attached, and what is there now is not its disk`,
      `mount that again; if it is gone for good: holdfast steward detach --lost ${known.path}`,
    );
  }
  const path = await trueDirectory(dir);
  const found = await usableMarker(set, path);
  const id = found?.id ?? (await made(path, set.network));
  const moved = set.book.byId(id);
  if (moved) return movedRoot(set, { ...moved, path, ...given(settings) });
  const entry: RootEntry = { id, path, kind: 'blobs', capacity: null, reserve: 0, state: 'active', own: false };
  const whole = { ...entry, ...given(settings) };
  await set.book.save(whole);
  return set.add(whole);
}

/** Whether a directory can become a root; its marker, where it was one already. Changes nothing. */
export async function usableMarker(set: RootSet, path: string): Promise<{ id: string } | undefined> {
  const marker = await readMarker(path).catch((error) => {
    throw fromSystemError(error, `reading ${path}`);
  });
  const moved = marker && set.book.byId(marker.id);
  if (moved && (await set.at(moved.path)?.look())) {
    throw new Failure('usage', `${path} is a copy of ${moved.path}, which is attached`, 'see holdfast steward ls');
  }
  if (!moved) set.book.refuseOverlap(path);
  if (marker && marker.network !== set.network) {
    throw new Failure('usage', `${path} holds blobs of another network: ${marker.network}`);
  }
  if (marker) return marker;
  const names = await readdir(path).catch((error) => {
    throw fromSystemError(error, `reading ${path}`);
  });
  if (names.some((name) => !NOTHING.has(name))) {
    throw new Failure('usage', `${path} is not empty, and no root of blobs`, 'give it an empty directory');
  }
  return undefined;
}

/** Absolute, without symbolic links; throws where there is no such directory. */
export async function trueDirectory(dir: string): Promise<string> {
  try {
    const path = await realpath(dir);
    if ((await stat(path)).isDirectory()) return path;
  } catch (error) {
    throw fromSystemError(error, dir);
  }
  throw new Failure('usage', `${dir} is not a directory`);
}

async function made(path: string, network: string): Promise<string> {
  try {
    return (await makeMarker(path, network)).id;
  } catch (error) {
    throw fromSystemError(error, `making ${path} a root of blobs`);
  }
}

/** Known by its marker, and mounted elsewhere now. */
async function movedRoot(set: RootSet, entry: RootEntry): Promise<BlobRoot> {
  await set.book.save(entry);
  const before = set.roots.find(({ entry: { id } }) => id === entry.id);
  if (before) set.drop(before);
  return set.add(entry);
}

function given({ capacity, reserve }: RootSettings): Partial<RootEntry> {
  return { ...(capacity === undefined ? {} : { capacity }), ...(reserve === undefined ? {} : { reserve }) };
}

/**
 * Forgets a root; its files stay. Refused where the books need a blob that is nowhere else, and, unless
 * it is declared lost, where it isn't there to be looked at.
 */
export function detachRoot(store: DetachFrom, root: BlobRoot, lost: boolean): Promise<void> {
  return store.roots.book.inTurn(() => detachNow(store, root, lost));
}

async function detachNow(store: DetachFrom, root: BlobRoot, lost: boolean): Promise<void> {
  const { path, entry } = root;
  const { roots } = store;
  if (entry.own) throw new Failure('usage', `${path} is the data directory's own root, and cannot be detached`);
  const there = await root.look();
  if (!there && !lost) {
    throw new Failure(
      'temporary',
      `${path} is not there: nobody can say what it holds`,
      'mount it again; if it is gone for good, add --lost',
    );
  }
  if (there && !lost) {
    await roots.change(root, { state: 'draining' });
    await refuseNeeded(store, root).catch(async (error) => {
      await roots.change(root, { state: entry.state });
      throw error;
    });
  }
  await roots.book.forget(entry.id);
  roots.drop(root);
}

type DetachFrom = Pick<BlobStore, 'roots' | 'owner' | 'leftovers' | 'inRoot'>;

async function refuseNeeded(store: DetachFrom, root: BlobRoot): Promise<void> {
  const hint = `move them first: holdfast steward move --from ${root.path} --to DIR`;
  if (root.busy) throw new Failure('temporary', `blobs are being written to ${root.path}`, 'try again in a moment');
  const needs = await store.owner.needs();
  for await (const { uuid } of store.inRoot(root)) {
    // One that is being booked is needed at once.
    if (!needs(uuid) && !store.leftovers.awaits(uuid)) continue;
    let elsewhere = false;
    for await (const place of store.roots.places(uuid)) elsewhere ||= place.writable && place.root !== root.path;
    if (!elsewhere) throw new Failure('failure', `${root.path} holds blobs that are needed: ${uuid}`, hint);
  }
}
