import { bountyId, decodeBody, decodeSignedTx, txId } from '../chain/encoding.js';
import { bodyKey, heightKey, stateKey } from '../chain/layout.js';
import { stateIn } from '../chain/staging.js';
import { readBounty, type StateView } from '../chain/state.js';
import { encodeEntry } from '../chain/state-entry.js';
import { pathOf } from '../chain/tree-node.js';
import type { Bounty, BountyItem, Hash } from '../chain/types.js';
import { areaKey, type Database, type Write } from '../store/database.js';
import { AREAS } from '../store/layout.js';
import type { Migration } from '../store/schema.js';
import { Table } from '../store/table.js';
import { toHex } from '../util/bytes.js';
import type { BountyEntry, PostedBounty } from './entries.js';
import { bountyKey, postedKey } from './indexer.js';
import { bountyItems } from './migration-items.js';

/** Records that a batch reads at most: a few hundred KiB of state, and no more bodies than memory has room for. */
const BATCH = { entries: 2048, bodies: 8 };

const chainKey = (key: Uint8Array) => areaKey(AREAS.CHAIN, key);
const PATH_BYTES = 32;

/**
 * The state lay under its flat keys; now it lies under their hashes, in the tree's order (chain/state-entry.ts). No
 * flat key has a hash's length, so what is moved already is told apart.
 */
const stateByPath = (max: number): Migration => ({
  to: 2,
  name: 'ordering the state by path',
  async next(db, cursor) {
    const prefix = chainKey(stateKey(new Uint8Array(0)));
    const writes: Write[] = [];
    let last: Uint8Array | undefined;
    let read = 0;
    for await (const [key, value] of db.scan(prefix, { limit: max, ...(cursor && { after: cursor }) })) {
      read += 1;
      last = key;
      const flat = key.subarray(prefix.length);
      if (flat.length === PATH_BYTES) continue;
      writes.push([key, null], [chainKey(stateKey(pathOf(flat))), encodeEntry(flat, value)]);
    }
    return { writes, cursor: read < max ? undefined : last };
  },
});

/**
 * Open bounties whose bytes are not here are remembered since then (AREAS.POSTED): those posted before are found in the
 * bodies that are still here, and stand in the state if they are open.
 */
const postedBounties = (max: number): Migration => ({
  to: 3,
  name: 'looking for open bounties',
  async next(db, cursor) {
    const prefix = chainKey(heightKey(0)).subarray(0, 2);
    const state = stateIn({ get: (key) => db.get(chainKey(key)) });
    const writes: Write[] = [];
    let last: Uint8Array | undefined;
    let read = 0;
    for await (const [key, id] of db.scan(prefix, { limit: max, ...(cursor && { after: cursor }) })) {
      read += 1;
      last = key;
      const height = Buffer.from(key).readUInt32BE(prefix.length);
      const body = db.get(chainKey(bodyKey(id)));
      if (body) writes.push(...remembered(db, state, height, body));
    }
    return { writes, cursor: read < max ? undefined : last };
  },
});

function remembered(db: Database, state: StateView, height: number, body: Uint8Array): Write[] {
  const posted = new Table<PostedBounty>(db, AREAS.POSTED);
  const known = new Table<BountyEntry>(db, AREAS.BOUNTIES);
  return openIn(state, body).flatMap(({ id, txid, item, bounty }) => {
    if (known.get(bountyKey('steward', toHex(id)))) return [];
    const entry = { id, txid: toHex(txid), item, openedHeight: height, expires: bounty.expires };
    return [posted.put(postedKey(item, id), entry)];
  });
}

interface Open {
  id: Hash;
  txid: Hash;
  item: BountyItem;
  bounty: Bounty;
}

/** Of the bounties that a body posted for whoever holds the bytes, those that still stand. */
function openIn(state: StateView, body: Uint8Array): Open[] {
  return decodeBody(body, Number.MAX_SAFE_INTEGER / 4).flatMap((bytes) => {
    const { tx } = decodeSignedTx(bytes);
    if (tx.kind !== 'post') return [];
    const txid = txId(tx);
    return tx.bounties.flatMap(({ payee, items }, i) => {
      const id = bountyId(txid, i);
      const bounty = payee === null ? readBounty(state, id) : undefined;
      const [item] = items;
      return bounty && item ? [{ id, txid, item, bounty }] : [];
    });
  });
}

/** Of the node's database, in order. Data of version 1 was written before there was a release. */
export function nodeMigrations(batch = BATCH): Migration[] {
  return [stateByPath(batch.entries), postedBounties(batch.bodies), bountyItems(batch.entries)];
}
