import { equal } from '../util/bytes.js';
import { type Entry, idAt, readEntry } from './records.js';
import type { Reader } from './staging.js';
import type { Hash, Header } from './types.js';

/** Ids of the main chain from the tip down: ten one by one, then at doubling distances as far as they are held, genesis last. */
export function locatorFrom(reader: Reader, tip: Entry): Hash[] {
  const ids: Hash[] = [];
  let step = 1;
  for (let height = tip.header.height; height > 0; height -= step) {
    const id = idAt(reader, height);
    if (!id) break;
    ids.push(id);
    if (ids.length >= 10) step *= 2;
  }
  ids.push(idAt(reader, 0)!);
  return ids;
}

/** A block that is known and those below it, downwards, as far as they are held: a new node asks by the id it trusts. */
export function headersDown(reader: Reader, id: Hash, max: number): Header[] {
  const headers: Header[] = [];
  for (
    let entry = readEntry(reader, id);
    entry && headers.length < max;
    entry = readEntry(reader, entry.header.parent)
  ) {
    headers.push(entry.header);
  }
  return headers;
}

/** Headers of the main chain above the first id of a locator that is on it; none of it known: from genesis on. */
export function headersAfter(reader: Reader, tip: Entry, locator: readonly Hash[], max: number): Header[] {
  let height = 0;
  for (const id of locator) {
    const entry = readEntry(reader, id);
    const main = entry && idAt(reader, entry.header.height);
    if (!entry || !main || !equal(main, id)) continue;
    height = entry.header.height;
    break;
  }
  const headers: Header[] = [];
  while (headers.length < max && height < tip.header.height) {
    height += 1;
    const id = idAt(reader, height);
    // Pruned: who is so far behind has to join anew.
    if (!id) return [];
    headers.push(readEntry(reader, id)!.header);
  }
  return headers;
}
