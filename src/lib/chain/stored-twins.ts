import { equal, toHex } from '../util/bytes.js';
import { isStaked } from './header.js';
import { siblingsAt, unlistSibling } from './prune.js';
import { type Entry, eraseEntry, idAt, readEntry } from './records.js';
import type { Staging } from './staging.js';

/**
 * How many blocks of one leader and slot are kept beside the main chain's while nothing stands on them: enough that a
 * child which is on its way finds its parent.
 */
export const TWINS_KEPT = 4;

/**
 * A leader can sign its slot any number of times, on any parent, for nothing more than the bond it loses once; each
 * block may have a body of megabytes, which nobody executes while another branch is better. So of those beside the main
 * chain the lowest and oldest go. One that others built on stays: the chain may turn to it. Once `entry`, such a block,
 * is staged; `lowest` is the first height that a reorganisation reaches, `top` the tip's.
 */
export function dropTwins(
  staging: Staging,
  { header, id }: Entry,
  lowest: number,
  top: number,
  kept = TWINS_KEPT,
): void {
  if (!isStaked(header)) return;
  const parents = new Set<string>();
  const twins: Entry[] = [];
  for (let height = Math.max(1, lowest); height <= Math.max(top, header.height) + 1; height++) {
    const main = idAt(staging, height);
    for (const other of siblingsAt(staging, height)) {
      const entry = readEntry(staging, other);
      if (!entry) continue;
      parents.add(toHex(entry.header.parent));
      const own = entry.header.slot === header.slot && equal(entry.header.producer, header.producer);
      if (own && !equal(other, id) && !(main && equal(main, other))) twins.push(entry);
    }
  }
  const childless = twins.filter((entry) => !parents.has(toHex(entry.id)));
  for (const entry of childless.slice(0, Math.max(0, childless.length + 1 - kept))) {
    eraseEntry(staging, entry.id);
    unlistSibling(staging, entry.header.height, entry.id);
  }
}
