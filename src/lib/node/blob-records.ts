import { nextInterval } from '../bounty/confidence.js';
import { cardsLeft } from '../bounty/deck.js';
import { prunableSlot } from '../plan/interval.js';
import type { BlobRecord } from '../rpc/records.js';
import { utf8 } from '../util/bytes.js';
import type { Context } from './context.js';
import type { BlobEntry, KeptContract } from './entries.js';
import { planned } from './grace.js';

/** An owner's blob, with where its contract stands. */
export async function ownerRecord(context: Context, blob: BlobEntry): Promise<BlobRecord> {
  const contract = blob.contract === null ? undefined : context.books.owned.get(utf8(blob.contract));
  return {
    type: 'blob',
    uuid: blob.uuid,
    size: blob.size,
    role: 'owner',
    state: blob.state,
    ...(await whether(context, blob.uuid)),
    file: blob.file,
    share: blob.share,
    generation: blob.generation,
    confidence: contract?.confidence ?? 0,
    interval_days: contract ? nextInterval(contract.confidence) : null,
    due_slot: contract?.state === 'live' ? contract.dueSlot : null,
    paid_grains: (contract?.paid ?? 0n).toString(),
    price_grains: contract ? contract.price.toString() : null,
    contract: blob.contract,
    peer: contract?.peer ?? null,
    prunable_slot: null,
    deck_left: cardsLeft(blob.deck),
  };
}

/** Held or not, or on a disk that is not there. */
async function whether({ blobs }: Context, uuid: string): Promise<Pick<BlobRecord, 'held' | 'unknown'>> {
  const { place, missing } = await blobs.seek(uuid);
  return { held: place !== undefined, ...(missing ? { unknown: missing.message } : {}) };
}

/** Another's blob, kept here for pay. */
export async function stewardRecord(context: Context, contract: KeptContract): Promise<BlobRecord> {
  const view = { ...planned(contract), state: 'live' as const };
  return {
    type: 'blob',
    uuid: contract.uuid,
    size: contract.size,
    role: 'steward',
    state: contract.state === 'pruned' ? 'pruned' : 'live',
    ...(await whether(context, contract.uuid)),
    file: null,
    share: null,
    generation: null,
    confidence: contract.confidence,
    interval_days: nextInterval(contract.confidence),
    due_slot: null,
    paid_grains: contract.earned.toString(),
    price_grains: contract.price.toString(),
    contract: contract.id,
    peer: contract.peer,
    prunable_slot: contract.state === 'live' ? prunableSlot(view, context.params) : null,
    deck_left: null,
  };
}
