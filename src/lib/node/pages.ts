import type { Place } from '../store/derived.js';
import { compare, fromHex, toHex } from '../util/bytes.js';

/** One of the indexes that a page is filled from. */
export interface Source {
  /**
   * Takes in what it finds behind a place, and says how much that was and where to go on; `at` undefined:
   * there is no more. It may take somewhat more than the room there is.
   */
  fill(after: Uint8Array | undefined, room: number): Promise<{ taken: number; at: Uint8Array | undefined }>;
}

/** Where the next page begins, as text: the source's number, and a place in its index. */
export type Cursor = string;

/**
 * Fills one page from several sources, one after the other.
 *
 * @returns where the next begins; null: this was the last
 */
export async function fillPage(
  sources: readonly Source[],
  cursor: Cursor | null,
  room: number,
): Promise<Cursor | null> {
  let { number, after } = readCursor(cursor);
  let left = room;
  while (number < sources.length) {
    if (left <= 0) return `${number}/${after ? toHex(after) : ''}`;
    const { taken, at } = await sources[number]!.fill(after, left);
    left -= taken;
    after = at;
    if (at === undefined) number += 1;
  }
  return null;
}

function readCursor(cursor: Cursor | null): { number: number; after: Uint8Array | undefined } {
  const [number = '0', place = ''] = cursor?.split('/') ?? [];
  return { number: Number(number), after: place === '' ? undefined : fromHex(place) };
}

/** Takes in the places of an index, each for as much as `take` says, while there is room. */
export async function taken(
  places: AsyncIterable<Place>,
  room: number,
  take: (place: Place) => number | Promise<number>,
): Promise<{ taken: number; at: Uint8Array | undefined }> {
  let count = 0;
  let at: Uint8Array | undefined;
  for await (const place of places) {
    if (count >= room) return { taken: count, at };
    count += await take(place);
    at = place.at;
  }
  return { taken: count, at: undefined };
}

/** Places in the order of their keys, those of one key together. */
export async function* grouped(
  places: AsyncIterable<Place>,
): AsyncGenerator<{ key: Uint8Array; ids: Uint8Array[] }, void> {
  let group: { key: Uint8Array; ids: Uint8Array[] } | undefined;
  for await (const { key, id } of places) {
    if (group && compare(group.key, key) === 0) {
      group.ids.push(id);
      continue;
    }
    if (group) yield group;
    group = { key, ids: [id] };
  }
  if (group) yield group;
}
