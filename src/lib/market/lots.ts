import { barredBy, type Holder, type PlacementRules } from './placement.js';

export interface LotToFill {
  uuid: string;
  /** Storage index of the file it is a share of; null for a blob of its own. */
  file: string | null;
}

export interface Placement {
  uuid: string;
  /** Index into the candidates: the rank in the clearing, which the contract names as its lot. */
  rank: number;
}

export interface Assignment {
  placements: Placement[];
  /** No winner is left that may hold it: it is advertised again. */
  unfilled: string[];
}

/**
 * Which winner gets which blob: the owner's order of blobs against the clearing's order of winners, each
 * blob to the first winner that is free and not barred from its file.
 *
 * `winners` lie in rank order; a null stands for one that is spoken for, or could not be reached.
 * `holders` tells who holds shares of a file already, beside that of the lot itself: its steward may win it again.
 */
export function assignLots(
  lots: readonly LotToFill[],
  winners: readonly (Holder | null)[],
  holders: (file: string, uuid: string) => readonly Holder[],
  rules: PlacementRules,
): Assignment {
  const free = [...winners];
  const joined = new Map<string, Holder[]>();
  const placements: Placement[] = [];
  const unfilled: string[] = [];
  for (const { uuid, file } of lots) {
    const others = file === null ? [] : [...holders(file, uuid), ...(joined.get(file) ?? [])];
    const rank = free.findIndex((winner) => winner !== null && barredBy(winner, others, rules) === null);
    if (rank === -1) {
      unfilled.push(uuid);
      continue;
    }
    placements.push({ uuid, rank });
    if (file !== null) joined.set(file, [...(joined.get(file) ?? []), free[rank]!]);
    free[rank] = null;
  }
  return { placements, unfilled };
}
