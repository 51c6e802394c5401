import { minDeposit } from '../chain/rules/advert.js';
import { readAdvert, readBids } from '../chain/state.js';
import type { Advert } from '../chain/types.js';
import { formatAddress, parseAddress } from '../crypto/address.js';
import { bidSalt, makeCommit } from '../market/bid.js';
import { clearAdvert } from '../market/clearing.js';
import { isPeerId, peerIdFromBytes } from '../net/peer-ids.js';
import { INCLUSION_BLOCKS } from '../plan/notice.js';
import type { OwnerAdvert } from '../plan/types.js';
import type { AdvertRecord } from '../rpc/records.js';
import { fromHex, utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { type Context, currentSlot } from './context.js';
import type { AdvertEntry, BidEntry, BlobEntry } from './entries.js';
import { ownBlob } from './lookup.js';
import type { Asked } from './requests.js';
import { type Spend, type SpendOptions, spend, spendAll } from './spend.js';

/** Over what the rules ask, since the reveal's fee comes out of it. */
const DEPOSIT_FACTOR = 2n;

export interface Advertising {
  uuids: readonly string[];
  reserve: bigint;
  creditDays: number;
  termDays: number;
  excluded?: readonly string[];
}

/** Adverts for blobs, those of one in one size: a lot for each. Their fees are consumed. All of them or none. */
export async function advertise(
  context: Context,
  requests: readonly Advertising[],
  options: SpendOptions = {},
): Promise<{ entry: AdvertEntry; cost: bigint }[]> {
  const contact = context.books.counter('advert-key');
  const made: AdvertEntry[] = [];
  const spends = requests.map((request, i) => advertSpend(context, request, contact + i, made));
  const spent = await spendAll(context, spends, { ...options, result: () => made.map(({ id }) => id) });
  return spent.map(({ txid, cost }, i) => ({ entry: made[i] ?? plannedEntry(context, requests[i]!, txid), cost }));
}

function advertSpend(context: Context, request: Advertising, contact: number, made: AdvertEntry[]): Spend {
  const { books, wallet } = context;
  const blobs = request.uuids.map((uuid) => ownBlob(context, uuid));
  const entry = entryOf(context, request, contact);
  return {
    draft: {
      ...{ kind: 'advert', from: wallet.main, lots: blobs.length, size: entry.size, term: request.termDays },
      ...{ reserve: request.reserve, creditDays: request.creditDays, closes: entry.closes, excluded: entry.excluded },
      contact: wallet.keys().advertKey(contact).publicKey,
    },
    book: (batch, { txid }) => {
      made.push({ ...entry, id: txid });
      batch.add(books.setCounter('advert-key', contact + 1));
      batch.put(books.adverts, utf8(txid), { ...entry, id: txid });
      for (const blob of blobs)
        if (blob.state !== 'live') batch.put(books.blobs, utf8(blob.uuid), advertised(blob, txid));
    },
  };
}

function entryOf(context: Context, request: Advertising, contact: number): AdvertEntry {
  const { params } = context;
  const sizes = new Set(request.uuids.map((uuid) => ownBlob(context, uuid).size));
  const [size] = sizes;
  if (size === undefined || sizes.size > 1) throw new Failure('usage', 'the blobs of one advert are of one size');
  return {
    ...{ id: '', contact, size, reserve: request.reserve, creditDays: request.creditDays },
    ...{ termDays: request.termDays, failed: false },
    excluded: (request.excluded ?? []).map(parseAddress),
    closes: currentSlot(context) + params.auctionSlots + INCLUSION_BLOCKS * params.derived.blockSlots,
    lots: request.uuids.map((uuid) => ({ uuid, state: 'waiting', tries: 0, tried: [], triedSlot: null, offer: null })),
  };
}

function plannedEntry(context: Context, request: Advertising, txid: string): AdvertEntry {
  return { ...entryOf(context, request, 0), id: txid };
}

function advertised(blob: BlobEntry, advert: string): BlobEntry {
  return { ...blob, state: 'advertised', advert };
}

/** Where an advert stands; cleared once the reveals' end lies settle_depth deep. */
export function advertState(context: Context, id: string, entry?: AdvertEntry): OwnerAdvert['state'] {
  if (entry?.failed) return 'failed';
  const { ledger, params, books } = context;
  const advert = readAdvert(ledger.state, fromHex(id)!);
  if (!advert) return books.pending.get(utf8(id)) ? 'pending' : 'gone';
  if (ledger.tip.slot <= advert.closes) return 'open';
  const settled = ledger.headerAt(Math.max(0, ledger.tip.height - params.settleDepth));
  return settled && settled.slot > advert.revealsUntil ? 'cleared' : 'revealing';
}

export function advertRecord(context: Context, id: string, entry?: AdvertEntry): AdvertRecord {
  const { ledger } = context;
  const key = fromHex(id)!;
  const advert: Partial<Advert> = readAdvert(ledger.state, key) ?? {};
  const state = advertState(context, id, entry);
  const cleared = state === 'cleared' ? clearAdvert(key, advert as Advert, readBids(ledger.state, key)) : undefined;
  return {
    type: 'advert',
    advert: id,
    lots: advert.lots ?? entry?.lots.length ?? 0,
    size: advert.size ?? entry?.size ?? 0,
    term_days: advert.term ?? entry?.termDays ?? 0,
    reserve_grains: (advert.reserve ?? entry?.reserve ?? 0n).toString(),
    credit_days: advert.creditDays ?? entry?.creditDays ?? 0,
    opened_slot: advert.opened ?? null,
    closes_slot: advert.closes ?? entry?.closes ?? 0,
    reveals_until_slot: advert.revealsUntil ?? null,
    bids: advert.bids ?? 0,
    state: state === 'failed' ? 'gone' : state,
    mine: entry !== undefined,
    clearing_grains: cleared ? cleared.price.toString() : null,
    winners: (cleared?.winners ?? []).map(({ account, reveal }) => ({
      account: formatAddress(account),
      peer: isPeerId(reveal.peer) ? peerIdFromBytes(reveal.peer) : '',
    })),
  };
}

export interface Bidding {
  advert: string;
  price: bigint;
  asked?: Asked | undefined;
  dryRun?: boolean | undefined;
  maxSpend?: bigint | undefined;
}

/** A sealed bid: the commitment now, and in the books all that the reveal will need. */
export async function commitBid(context: Context, request: Bidding): Promise<{ bid: BidEntry; cost: bigint }> {
  const { books, wallet, ledger, network, params } = context;
  const id = fromHex(request.advert)!;
  const advert = readAdvert(ledger.state, id);
  if (!advert) throw new Failure('not-found', `no advert ${request.advert} is open`);
  if (books.bids.get(id)) throw new Failure('failure', `advert ${request.advert} has a bid of this wallet's already`);
  const payeeIndex = books.counter('payee-root');
  const terms = {
    price: request.price,
    peer: network.peerIdBytes,
    payee: wallet.keys().payeeRoot(payeeIndex).Q,
    salt: bidSalt(wallet.keys().vaultKey, id),
  };
  const { commitment } = makeCommit(id, wallet.main, terms);
  const deposit = DEPOSIT_FACTOR * minDeposit(params, advert);
  const entry = (commitTx: string): BidEntry => ({
    ...{ advert: request.advert, price: request.price, payeeIndex, payee: terms.payee, salt: terms.salt, commitTx },
    ...{ revealTx: null, size: advert.size, term: advert.term, contract: null },
  });
  let made: BidEntry | undefined;
  const one: Spend = {
    draft: { kind: 'commit', from: wallet.main, advert: id, commitment, deposit },
    book: (batch, { txid }) => {
      made = entry(txid);
      batch.add(books.setCounter('payee-root', payeeIndex + 1));
      batch.put(books.bids, id, made);
    },
  };
  const { asked, dryRun, maxSpend } = request;
  const { txid, cost } = await spend(context, one, { asked, dryRun, maxSpend, result: () => request.advert });
  return { bid: made ?? entry(txid), cost };
}

export async function revealBid(context: Context, advertId: string, asked: Asked): Promise<BidEntry> {
  const { books, wallet, network } = context;
  const id = fromHex(advertId)!;
  const bid = books.bids.get(id);
  if (!bid) throw new Failure('not-found', `no bid on advert ${advertId}`);
  const { price, payee, salt } = bid;
  let made = bid;
  const one: Spend = {
    draft: { kind: 'reveal', from: wallet.main, advert: id, price, peer: network.peerIdBytes, payee, salt },
    book: (batch, { txid }) => {
      made = { ...bid, revealTx: txid };
      batch.put(books.bids, id, made);
    },
  };
  await spend(context, one, { asked });
  return made;
}
