/**
 * The order in which CPython iterates over a set of small integers (Objects/setobject.c): Tahoe writes the
 * share-hash chain by looping over a set, so that order is part of a share's bytes, and of its UUID.
 */
const SLOTS_MIN = 8;
const LINEAR_PROBES = 9;
const PERTURB_SHIFT = 5;

function place(table: (number | undefined)[], key: number): void {
  const mask = table.length - 1;
  let perturb = key;
  let slot = key & mask;
  while (true) {
    const last = slot + LINEAR_PROBES <= mask ? slot + LINEAR_PROBES : slot;
    for (let probe = slot; probe <= last; probe++) {
      if (table[probe] !== undefined) continue;
      table[probe] = key;
      return;
    }
    perturb >>>= PERTURB_SHIFT;
    slot = (slot * 5 + 1 + perturb) & mask;
  }
}

/** @param keys distinct integers ≥ 0, in the order they are added. */
export function cpythonSetOrder(keys: readonly number[]): number[] {
  let table: (number | undefined)[] = new Array(SLOTS_MIN).fill(undefined);
  keys.forEach((key, index) => {
    place(table, key);
    const fill = index + 1;
    if (fill * 5 < (table.length - 1) * 3) return;
    let slots = SLOTS_MIN;
    while (slots <= fill * 4) slots *= 2;
    const grown: (number | undefined)[] = new Array(slots).fill(undefined);
    for (const held of table) if (held !== undefined) place(grown, held);
    table = grown;
  });
  return table.filter((key) => key !== undefined);
}
