import { randomBytes } from 'node:crypto';
import { maxCreditOf } from '../chain/rules/advert.js';
import { readAdvert, readBids } from '../chain/state.js';
import { formatAddress } from '../crypto/address.js';
import { signWithSeed } from '../crypto/ed25519.js';
import { clearAdvert, type Winner } from '../market/clearing.js';
import { type Contract, contractId, decodeContract, encodeContract } from '../market/contract.js';
import { assignLots } from '../market/lots.js';
import type { Holder } from '../market/placement.js';
import { decodeReceipt, receiptFits } from '../market/receipt.js';
import { decodeSigned, encodeSigned, offerContract, type SignedContract, verifySigned } from '../market/signed.js';
import { isPeerId, peerIdFromBytes } from '../net/peer-ids.js';
import { firstDueSlot, settleSlots } from '../plan/interval.js';
import { handOverEnd } from '../plan/notice.js';
import { nextSpotSlot } from '../plan/spot.js';
import type { OpenBlob } from '../store/blobs-open.js';
import type { Write } from '../store/database.js';
import { equal, fromHex, toHex, utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { type Context, currentSlot } from './context.js';
import type { AdvertEntry, BlobEntry, LotEntry, OwnedContract } from './entries.js';
import { holdBytes, letGo } from './holding.js';
import { ownBlob } from './lookup.js';
import { handingOver, isPlaced, putAdvert, withdrawn } from './one-steward.js';
import { textKey } from './owner-indexes.js';

/** How long a steward waits beyond the due slot: 1.5 times the interval (PROTOCOL §5). */
const GRACE_PERCENT = 150;
const BAND_PERCENT = 15;

export interface AwardOutcome {
  uuid: string;
  contract: string | null;
  reason: string | null;
}

/** Hands each waiting lot of a cleared advert to its winner: contract, bytes, receipt; all lots side by side. */
export async function awardLots(context: Context, advertId: string): Promise<AwardOutcome[]> {
  const { books, ledger } = context;
  const entry = books.adverts.get(utf8(advertId));
  const id = fromHex(advertId)!;
  const advert = readAdvert(ledger.state, id);
  if (!entry || !advert) throw new Failure('not-found', `no advert ${advertId} of this owner's`);
  const { winners, price } = clearAdvert(id, advert, readBids(ledger.state, id));
  const slot = currentSlot(context);
  const rested = (lot: LotEntry) => lot.triedSlot === null || slot >= lot.triedSlot + settleSlots(context.params);
  const waiting = await stillWanted(
    context,
    advertId,
    entry.lots.filter((lot) => lot.state === 'waiting' && rested(lot)),
  );
  const free = winners.map((winner) => (isTaken(entry, winner) || !isReachable(winner) ? null : holderOf(winner)));
  const lots = waiting.map(({ uuid }) => ({ uuid, file: books.blobs.get(utf8(uuid))?.file ?? null }));
  const holders = await holdersByFile(context, new Set(lots.flatMap(({ file }) => file ?? [])));
  const others = (file: string, uuid: string) => (holders.get(file) ?? []).filter((one) => one.uuid !== uuid);
  const { placements, unfilled } = assignLots(lots, free, others, context.params);
  const hidden = winners.filter((winner) => !isReachable(winner)).map(({ account }) => formatAddress(account));
  await changeLots(context, advertId, unfilled, (lot) => ({
    ...{ ...lot, state: 'unfilled', tried: [...new Set([...lot.tried, ...hidden])] },
  }));
  return Promise.all(
    placements.map(async ({ uuid, rank }) => {
      const terms = { advertId, id, price, winner: winners[rank]!, rank };
      try {
        const contract = await handingOver(context, uuid, () => handOver(context, uuid, terms));
        return { uuid, contract: contract ?? null, reason: contract ? null : 'on its way through another advert' };
      } catch (error) {
        const account = formatAddress(terms.winner.account);
        await changeLots(context, advertId, [uuid], (lot) => ({
          ...{
            ...lot,
            tries: lot.tries + 1,
            triedSlot: currentSlot(context),
            tried: [...new Set([...lot.tried, account])],
          },
        }));
        context.log.warn({ uuid, account, error: (error as Error).message }, 'a lot could not be handed over');
        return { uuid, contract: null, reason: (error as Error).message };
      }
    }),
  );
}

/** Those whose blob no other advert placed meanwhile: the others have nothing to hand out any more. */
async function stillWanted(context: Context, advertId: string, lots: readonly LotEntry[]): Promise<LotEntry[]> {
  const placed = new Set<string>();
  for (const { uuid } of lots) if (await isPlaced(context, uuid)) placed.add(uuid);
  await changeLots(context, advertId, [...placed], (lot) => ({ ...lot, state: 'unfilled' }));
  return lots.filter(({ uuid }) => !placed.has(uuid));
}

interface AwardTerms {
  advertId: string;
  id: Uint8Array;
  price: bigint;
  winner: Winner;
  rank: number;
}

/** A rank that holds a lot of this advert already. */
function isTaken(entry: AdvertEntry, winner: Winner): boolean {
  return entry.lots.some((lot) => lot.state === 'awarded' && lot.offer?.rank === winner.rank);
}

/** The ledger takes any bytes for a peer id; a winner that names none cannot be given anything. */
function isReachable({ reveal }: Winner): boolean {
  return isPeerId(reveal.peer);
}

function holderOf({ account, reveal }: Winner): Holder {
  return { account: formatAddress(account), peer: peerIdFromBytes(reveal.peer).toString(), address: null };
}

/** Who has shares of these files. */
async function holdersByFile(
  { books }: Context,
  files: ReadonlySet<string>,
): Promise<Map<string, (Holder & { uuid: string })[]>> {
  const holders = new Map<string, (Holder & { uuid: string })[]>();
  for (const file of files) {
    const found: (Holder & { uuid: string })[] = [];
    for (const uuid of await books.blobIndexes.byFile.ids({ prefix: textKey(file) })) {
      const prefix = fromHex(Buffer.from(uuid).toString())!;
      for (const id of await books.ownedIndexes.byUuid.ids({ prefix })) {
        const contract = books.owned.get(id);
        if (contract?.state !== 'live' && contract?.state !== 'dropped') continue;
        const { account, peer } = contract;
        found.push({ account: formatAddress(account), peer, address: null, uuid: contract.uuid });
      }
    }
    holders.set(file, found);
  }
  return holders;
}

async function handOver(context: Context, uuid: string, terms: AwardTerms): Promise<string> {
  const blob = ownBlob(context, uuid);
  const bytes = await holdBytes(context, blob);
  try {
    return await sendBlob(context, blob, bytes, terms);
  } finally {
    await bytes.close();
  }
}

async function sendBlob(context: Context, blob: BlobEntry, bytes: OpenBlob, terms: AwardTerms): Promise<string> {
  const { books, wallet, network } = context;
  const { uuid } = blob;
  const entry = books.adverts.get(utf8(terms.advertId))!;
  const contract = await offerFor(context, uuid, terms, entry);
  const { seed } = wallet.keys().advertKey(entry.contact);
  const offer = offerContract(contract, (message) => signWithSeed(seed, message));
  const peer = peerIdFromBytes(contract.peer).toString();
  let signed: SignedContract | undefined;
  const receipt = await network.award(peer, {
    contract: encodeSigned(offer),
    size: blob.size,
    body: bytes.stream(),
    onSigned: async (signature) => {
      const answer = decodeSigned(signature);
      if (!equal(contractId(answer.contract), contractId(contract)) || !verifySigned(answer)) return false;
      signed = answer;
      return true;
    },
  });
  if (!signed || !receiptFits(decodeReceipt(receipt), contract))
    throw new Failure('failure', 'the receipt is not for this blob');
  await context.blobs.lettingGo(uuid);
  await bookContract(context, terms.advertId, uuid, contract, encodeSigned(signed));
  await letGo(context, uuid);
  return toHex(contractId(contract));
}

/** The contract to offer: the one written down, where an earlier try to the same winner was cut off. */
async function offerFor(context: Context, uuid: string, terms: AwardTerms, entry: AdvertEntry): Promise<Contract> {
  const lot = entry.lots.find((candidate) => candidate.uuid === uuid);
  if (lot?.offer && lot.offer.rank === terms.rank) return decodeContract(lot.offer.body);
  const contract = newContract(context, uuid, terms, entry);
  const offer = { body: encodeContract(contract), rank: terms.rank };
  const others = await withdrawn(context, uuid, terms.advertId);
  await changeLots(
    context,
    terms.advertId,
    [uuid],
    (waiting) => ({ ...waiting, offer }),
    () => others.map((other) => putAdvert(context, other)),
  );
  return contract;
}

function newContract(
  context: Context,
  uuid: string,
  { id, price, winner, rank }: AwardTerms,
  entry: AdvertEntry,
): Contract {
  const blob = ownBlob(context, uuid);
  return {
    network: context.params.derived.genesisId,
    advert: id,
    lot: rank,
    uuid: fromHex(uuid)!,
    size: blob.size,
    price,
    secret: new Uint8Array(randomBytes(32)),
    payee: winner.reveal.payee,
    readkey: blob.readkey,
    startSlot: currentSlot(context),
    gracePercent: GRACE_PERCENT,
    maxCredit: maxCreditOf({ ...entry, size: blob.size }),
    termDays: entry.termDays,
    bandPercent: BAND_PERCENT,
    contact: context.wallet.keys().advertKey(entry.contact).publicKey,
    account: winner.account,
    peer: winner.reveal.peer,
  };
}

async function bookContract(context: Context, advertId: string, uuid: string, contract: Contract, signed: Uint8Array) {
  const { books } = context;
  const id = toHex(contractId(contract));
  await changeLots(
    context,
    advertId,
    [uuid],
    (lot) => ({ ...lot, state: 'awarded' }),
    () => {
      // Booked before, by an award that was cut off after it: payments may have been made since.
      if (books.owned.get(utf8(id))) return [];
      const blob = ownBlob(context, uuid);
      // Given up while its bytes were on their way: it stays so.
      const state = blob.state === 'dropped' ? ('dropped' as const) : ('live' as const);
      return [
        ...givesWay(context, blob, contract.startSlot),
        books.blobs.put(utf8(uuid), { ...blob, state, contract: id }),
        books.owned.put(utf8(id), { ...ownedEntry(context, id, contract), signed, state }),
      ];
    },
  );
  context.changes.tell({ kind: 'books' });
}

/** The blob's contract until now, where it was about to end: it is paid up to here, and its steward is told. */
function givesWay({ books, params }: Context, blob: BlobEntry, newStartSlot: number): Write[] {
  const old = blob.contract === null ? undefined : books.owned.get(utf8(blob.contract));
  const end = old?.state === 'live' ? handOverEnd(old, newStartSlot, params) : undefined;
  if (!old || end === undefined) return [];
  const notice = { by: old.notice?.by ?? ('owner' as const), givenSlot: newStartSlot, told: false };
  return [books.owned.put(utf8(old.id), { ...old, termSlots: end - old.startSlot, notice })];
}

function ownedEntry({ params }: Context, id: string, contract: Contract): Omit<OwnedContract, 'signed' | 'state'> {
  const { account, payee, secret, size, price, maxCredit, startSlot } = contract;
  const dueSlot = firstDueSlot(startSlot, params);
  const firstInterval = { fromSlot: startSlot, dueSlot, confidence: 0 };
  return {
    ...{ id, account, payee, secret, size, price, maxCredit, startSlot },
    uuid: toHex(contract.uuid),
    peer: peerIdFromBytes(contract.peer).toString(),
    termSlots: contract.termDays * params.daySlots,
    confidence: 0,
    paidUntilSlot: startSlot,
    dueSlot,
    spot: { slot: nextSpotSlot({ id }, firstInterval, () => randomBytes(32)), failures: 0 },
    credit: 0n,
    payIndex: 0,
    attempt: 0,
    bounty: null,
    coversUntilSlot: startSlot,
    paid: 0n,
  };
}

async function changeLots(
  { books }: Context,
  advertId: string,
  uuids: readonly string[],
  change: (lot: LotEntry) => LotEntry,
  also: () => Write[] = () => [],
): Promise<void> {
  await books.exclusive(async () => {
    const entry = books.adverts.get(utf8(advertId))!;
    const lots = entry.lots.map((lot) => (uuids.includes(lot.uuid) ? change(lot) : lot));
    await books.commit([books.adverts.put(utf8(advertId), { ...entry, lots }), ...also()]);
  });
}
