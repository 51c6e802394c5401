import { deckKey } from '../bounty/deck.js';
import { probeRange } from '../bounty/probe.js';
import { sha256 } from '../crypto/hash.js';
import type { OwnerSpot } from '../plan/types.js';
import type { ActOf } from '../rpc/snapshot.js';
import { locatorOf, readProof } from '../seal/locator.js';
import { concat, equal, fromHex, utf8 } from '../util/bytes.js';
import { Failure, isFailure } from '../util/errors.js';
import type { Context } from './context.js';
import type { BlobEntry, OwnedContract } from './entries.js';
import { ownBlob, ownedContract } from './lookup.js';

export function spotOf({ spot }: Pick<OwnedContract, 'spot'>): OwnerSpot {
  return spot ?? { slot: null, failures: 0 };
}

export interface Checked {
  contract: OwnedContract;
  /** Why it did not pass; null where it did. */
  failed: string | null;
}

/**
 * Fetches a piece of a blob from the steward under contract, by the same stream that any reader uses, and
 * books whether it is what was dealt. A deck that has no probe left passes: the next deal brings new ones.
 */
export async function checkContract(context: Context, act: ActOf<'check'>): Promise<Checked> {
  const contract = ownedContract(context, act.contract);
  if (spotOf(contract).slot !== act.slot) return { contract, failed: null };
  let failed: string | null = null;
  try {
    await fetchProbe(context, contract);
  } catch (error) {
    if (!isFailure(error) || error.code === 'passphrase') throw error;
    failed = error.message;
  }
  return { contract: await book(context, act, failed), failed };
}

async function fetchProbe(context: Context, contract: OwnedContract): Promise<void> {
  const { network, wallet } = context;
  const { vaultKey } = wallet.keys();
  // Before the probe is burnt: who cannot be reached learns nothing.
  await network.dialPeer(contract.peer);
  const drawn = await drawProbe(context, contract.uuid);
  if (!drawn) return;
  const { blob, index, probe } = drawn;
  const key = deckKey(vaultKey, fromHex(blob.uuid)!);
  const range = probeRange(key, blob.deck.dealSlot, index, blob.size);
  const { body } = await network.get(contract.peer, {
    locator: locatorOf(blob.readkey),
    prove: (server, nonce) => readProof(blob.readkey, network.peerIdBytes, server, nonce),
    accept: (size) => size === blob.size,
    ...range,
  });
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  if (!equal(sha256(concat(...pieces)), probe)) throw new Failure('failure', 'the steward serves other bytes');
}

/** Burnt before it is asked for: a steward that was asked may have kept just that. */
function drawProbe(
  context: Context,
  uuid: string,
): Promise<{ blob: BlobEntry; index: number; probe: Uint8Array } | undefined> {
  const { books } = context;
  return books.exclusive(async () => {
    const blob = ownBlob(context, uuid);
    const index = blob.deck.probe ?? 0;
    const probe = blob.deck.probes?.[index];
    if (!probe) return undefined;
    await books.commit([books.blobs.put(utf8(uuid), { ...blob, deck: { ...blob.deck, probe: index + 1 } })]);
    return { blob, index, probe };
  });
}

function book(context: Context, act: ActOf<'check'>, failed: string | null): Promise<OwnedContract> {
  const { books } = context;
  return books.exclusive(async () => {
    const contract = ownedContract(context, act.contract);
    const { slot, failures } = spotOf(contract);
    // A payment that was booked meanwhile may have drawn anew.
    if (slot !== act.slot) return contract;
    const spot =
      failed === null
        ? { slot: null, failures: 0 }
        : { slot: act.againSlot, failures: failures + (act.counts ? 1 : 0) };
    const checked = { ...contract, spot };
    await books.commit([books.owned.put(utf8(contract.id), checked)]);
    return checked;
  });
}
