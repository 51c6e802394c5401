import { contractName, expectedNames } from '../bounty/names.js';
import { areaKey, type Database, type Derived, type Write } from '../store/database.js';
import type { View } from '../store/derived.js';
import { AREAS, INDEXES } from '../store/layout.js';
import type { Table } from '../store/table.js';
import { concat, equal, fromHex, readU32be, toHex, u32be, utf8 } from '../util/bytes.js';
import type { KeptContract } from './entries.js';

/** What a stranger would have to grind for 2^80 tries to meet; the whole name is worked out when it matches. */
const PREFIX_BYTES = 10;

/**
 * The names a steward expects, on disk: the first bytes of each lead to its contract and number, so that a
 * lookup is one read however many contracts there are, and neither memory nor start-up grows with them.
 * They follow from the contracts' records, and move with them, in one batch.
 */
export class Names implements View<KeptContract> {
  private readonly base = areaKey(AREAS.INDEX, utf8(INDEXES.NAMES));

  constructor(
    private readonly db: Database,
    private readonly kept: Table<KeptContract>,
  ) {}

  moved(_id: Uint8Array, before: KeptContract | undefined, after: KeptContract | undefined): Derived {
    const [had, has] = [rangeOf(before), rangeOf(after)];
    const writes: Write[] = [];
    for (let i = had.from; i < had.to; i += 1) {
      if (i < has.from || i >= has.to) writes.push([this.key(contractName(before!.secret, i)), null]);
    }
    for (let i = has.from; i < has.to; i += 1) {
      if (i >= had.from && i < had.to) continue;
      writes.push([this.key(contractName(after!.secret, i)), concat(fromHex(after!.id)!, u32be(i))]);
    }
    return { writes, sums: [] };
  }

  private key(name: Uint8Array): Uint8Array {
    return concat(this.base, name.subarray(0, PREFIX_BYTES));
  }

  /** The contract and payment number behind a name, or undefined: not ours, or not expected. */
  lookup(name: Uint8Array): { contractId: string; i: number } | undefined {
    const found = name.length === 32 ? this.db.get(this.key(name)) : undefined;
    if (!found) return undefined;
    const id = found.subarray(0, found.length - 4);
    const contract = this.kept.get(utf8(toHex(id)));
    const i = readU32be(found, id.length);
    if (!contract || !equal(contractName(contract.secret, i), name)) return undefined;
    return { contractId: contract.id, i };
  }
}

function rangeOf(contract: KeptContract | undefined): { from: number; to: number } {
  return contract?.state === 'live' ? expectedNames(contract) : { from: 0, to: 0 };
}
