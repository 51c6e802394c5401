import { deserialize, serialize } from 'node:v8';
import { areaKey, type Database, type Snapshot } from '../store/database.js';
import { AREAS, type Area } from '../store/layout.js';
import { utf8 } from '../util/bytes.js';
import type { VaultRow } from '../wallet/vault-records.js';
import type { BlobEntry } from './entries.js';

/**
 * What is not carried: what comes from the network, belongs to this machine's disks, is made again from the rest,
 * or is over and only read by people.
 */
const LEFT_OUT: ReadonlySet<Area> = new Set<Area>([
  ...[AREAS.CHAIN, AREAS.CHAIN_TOO, AREAS.SEEN, AREAS.TXIDS, AREAS.POSTED, AREAS.INDEX, AREAS.CLOSED, AREAS.HISTORY],
  ...[AREAS.ROOTS, AREAS.INTENTS, AREAS.TAHOE_SHARES, AREAS.TAHOE_WAITING, AREAS.TAHOE_UUIDS, AREAS.TAHOE_TREES],
]);
export const CARRIED: readonly Area[] = Object.values(AREAS).filter((area) => !LEFT_OUT.has(area));

/** Of what else is written down once: the counters of keys. */
const COUNTER = /^counter\/(?!(?:backup|signed-slot)$)/;
/** What a controller asked for has ids that follow from the contracts; the others are people's, and scripts'. */
const CONTROLLERS =
  /^(?:settle|revoke|mia|repair|deal|pay|poll|fund|award|advertise|end|sweep|commit|reveal|prune|renew)\//;

/** All that a backup holds of a database, as one moment's snapshot shows it. */
export async function* rowsOf(db: Database, snapshot?: Snapshot): AsyncGenerator<VaultRow> {
  for (const area of CARRIED) {
    for await (const [key, value] of db.scan(areaKey(area), { ...(snapshot && { snapshot }) })) {
      if (isCarried(key)) yield [key, area === AREAS.BLOBS ? withoutCards(value) : value];
    }
  }
}

/** Whether a record belongs into a backup, and so into the books that are restored from one. */
export function isCarried(key: Uint8Array): boolean {
  const [area, name] = [String.fromCharCode(key[0]!), Buffer.from(key.subarray(1)).toString('latin1')];
  if (!CARRIED.includes(area as Area)) return false;
  if (area === AREAS.META) return COUNTER.test(name);
  return area !== AREAS.REQUESTS || !CONTROLLERS.test(name);
}

/**
 * Cards drawn since the backup must not be drawn again, and nobody can say which were (threat 25). The slot of the
 * deal stays, so that the next deal has another.
 */
export function withoutCards(value: Uint8Array): Uint8Array {
  const blob = deserialize(value) as BlobEntry;
  return serialize({ ...blob, deck: { dealSlot: blob.deck.dealSlot, cards: [], next: 0 } });
}

/** Says of an empty database which version's records it is about to be given (store/schema.ts). */
export const schemaRow = (version: number): VaultRow => [areaKey(AREAS.META, utf8('schema')), serialize(version)];
