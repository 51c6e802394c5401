import { dustLimit } from '../bounty/confidence.js';
import { cardsLeft } from '../bounty/deck.js';
import type { Params } from '../chain/params.js';
import { requiredFee } from '../chain/sign.js';
import { formatAddress } from '../crypto/address.js';
import { hmacSha256 } from '../crypto/hash.js';
import { aheadSlots, type Funds } from '../plan/fund.js';
import { ownerDueSlot } from '../plan/interval.js';
import { DECK_LOW } from '../plan/policy.js';
import type { PaymentBounty } from '../plan/types.js';
import type { Snapshot } from '../rpc/snapshot.js';
import { utf8 } from '../util/bytes.js';
import { advertState } from './adverts.js';
import type { Answers } from './answers.js';
import { bountyState } from './bounty-state.js';
import { spotOf } from './checking.js';
import { type Context, currentSlot } from './context.js';
import { type Asked, ownerSources } from './due-owner.js';
import type { AdvertEntry, BlobEntry, BountyEntry, OwnedContract } from './entries.js';
import { fundsOf } from './funders.js';
import { bountyKey } from './indexer.js';
import { bountiesAt } from './lookup.js';
import { slotKey } from './owner-indexes.js';
import { OwnerView } from './owner-view.js';
import { type Cursor, fillPage } from './pages.js';
import { amountFor } from './payments.js';
import { outboxOf } from './polling.js';
import type { SeenAdverts } from './seen.js';
import { isSynced } from './status.js';
import { stewardSnapshot } from './steward-snapshot.js';
import { StewardView } from './steward-view.js';

/** Records that a page begins with; what belongs to them comes along. */
const PAGE = 2048;

/** What one page of a snapshot begins with; by default what is due by default policies. */
export type Ask = { [K in keyof Asked]?: Asked[K] | undefined } & {
  after?: Cursor | null | undefined;
  room?: number;
  /** Until what open bounties ask of the blobs here is known. */
  wait?: boolean | undefined;
};

/**
 * What a controller plans over, at one moment: what is due, and all that belongs to it. Where that is
 * much it comes in pages, of which each can be planned over by itself.
 */
export async function takeSnapshot(
  context: Context,
  answers: Answers,
  seen: SeenAdverts,
  { deckLow = DECK_LOW, repairBelow = null, after = null, room = PAGE, wait = true }: Ask = {},
): Promise<Snapshot> {
  const { ledger, network, wallet } = context;
  const view = new OwnerView(context);
  const keeping = new StewardView(context);
  const sources = [...keeping.sources, ...ownerSources(context, view, { deckLow, repairBelow })];
  const next = await fillPage(sources, after, room);
  await keeping.complete();
  return {
    genesis: context.genesis,
    slot: currentSlot(context),
    height: ledger.tip.height,
    synced: isSynced(context),
    peers: network.peers().length,
    unlocked: wallet.unlocked,
    account: wallet.unlocked ? wallet.main : null,
    jitter: wallet.unlocked ? hmacSha256(wallet.keys().vaultKey, utf8('holdfast/jitter/v1')) : null,
    dust: dust(context),
    owner: await ownerSnapshot(context, view),
    steward: await stewardSnapshot(context, answers, keeping, { seen, first: after === null, wait }),
    next,
  };
}

/** A bounty worth sweeping and spending again, at the base fee of now. */
export function dust({ ledger, params }: Pick<Context, 'ledger' | 'params'>): bigint {
  const common = { ref: { height: ledger.tip.height, id: ledger.tip.id }, fee: 0n };
  const some = new Uint8Array(32).fill(1);
  const { baseFee } = ledger.globals();
  const sweepFee = requiredFee(params, baseFee, { ...common, kind: 'sweep', entries: [{ bounty: some, to: some }] });
  const transfer = { ...common, kind: 'transfer' as const, from: some, seq: 1n << 40n, memo: new Uint8Array(0) };
  const transferFee = requiredFee(params, baseFee, { ...transfer, outputs: [{ to: some, amount: 1n << 40n }] });
  return dustLimit({ minAccount: params.minAccount, sweepFee: 2n * sweepFee, transferFee: 2n * transferFee });
}

/** A part of the owner's books, as the plan sees it. */
export async function ownerSnapshot(context: Context, view: OwnerView): Promise<Snapshot['owner']> {
  return {
    contracts: view.contracts.map((contract) => ownerContract(context, contract)),
    files: view.files.map(({ storageIndex, needed, happy, total, repairBelow }) => ({
      ...{ storageIndex, needed, happy, total, repairBelow },
    })),
    blobs: (await Promise.all(view.blobs.map((blob) => ownerBlob(context, blob)))).flat(),
    adverts: view.adverts.map((advert) => ownerAdvert(context, advert)),
    expired: view.expired.map(({ id }) => ({ id })),
    spentToday: context.books.spent.lastDay(context.ledger.tip.slot),
    turnover: context.books.turnover.get(),
    ...(context.wallet.unlocked && { funds: { ...(await fundsOf(context)), ...(await fundedSoon(context)) } }),
  };
}

/** Of each, looked at for one plan: more is prepared for by the next. */
const SOON_MAX = 64;

/** What accounts are made for before it is due (plan/fund.ts). */
async function fundedSoon(context: Context): Promise<Pick<Funds, 'soon' | 'lots' | 'open'>> {
  const { books, params } = context;
  const slot = currentSlot(context);
  const ahead = slot + aheadSlots(params);
  const { due } = books.ownedIndexes;
  // Some are looked at before they are to be paid: to be asked, or checked.
  const looked = await due.ids({ below: slotKey(slot + 1), limit: SOON_MAX });
  const coming = await due.ids({ from: slotKey(slot + 1), below: slotKey(ahead + 1), limit: SOON_MAX });
  const unpaid = [...looked, ...coming]
    .flatMap((id) => books.owned.get(id) ?? [])
    .filter((contract) => isDueWithin(contract, slot + 1, ahead, params));
  const expiring = await bountiesAt(context, 'owner', 'open', { to: ahead, limit: SOON_MAX });
  const again = expiring.flatMap(({ id, items }) =>
    items
      .flatMap(({ contract }) => (contract === null ? [] : (books.owned.get(utf8(contract)) ?? [])))
      .filter(({ bounty }) => bounty === id),
  );
  const soon = [...unpaid, ...again];
  const adverts = (await books.advertIndexes.open.ids({ limit: SOON_MAX })).flatMap(
    (id) => books.adverts.get(id) ?? [],
  );
  const open = await bountiesAt(context, 'owner', 'open', { limit: SOON_MAX });
  const largest = open.reduce<BountyEntry | null>((a, b) => (a !== null && a.amount >= b.amount ? a : b), null);
  return {
    soon: soon.map((contract) => ownerContract(context, contract)),
    lots: adverts
      .filter((advert) => ['open', 'revealing', 'cleared'].includes(advertState(context, advert.id, advert)))
      .map(({ reserve, size, lots }) => {
        const count = lots.filter(({ state }) => state === 'waiting').length;
        return { price: reserve, size, count };
      }),
    open: largest && { amount: largest.amount, items: largest.items.length },
  };
}

function isDueWithin(contract: OwnedContract, from: number, to: number, params: Params): boolean {
  if (contract.state !== 'live' || contract.bounty !== null) return false;
  const due = ownerDueSlot(contract, params);
  return from <= due && due <= to;
}

/** None where nobody can say whether its bytes are here: until their disk is back, it is not advertised. */
async function ownerBlob({ blobs }: Context, blob: BlobEntry): Promise<Snapshot['owner']['blobs']> {
  const { uuid, size, file, share, generation, state } = blob;
  // The grid's own: nothing is planned for it.
  if (state === 'bare') return [];
  const facts = { uuid, size, file, share, generation, state };
  if (state === 'live' || state === 'replaced') return [{ ...facts, held: false }];
  const { place, missing } = await blobs.seek(uuid);
  if (missing && (state === 'local' || state === 'advertised')) return [];
  return [{ ...facts, held: place !== undefined }];
}

function ownerContract(context: Context, contract: OwnedContract): Snapshot['owner']['contracts'][number] {
  const { books } = context;
  const blob = books.blobs.get(utf8(contract.uuid));
  const { id, uuid, size, price, startSlot, termSlots, maxCredit, state, confidence } = contract;
  const { paidUntilSlot, dueSlot, credit, payIndex } = contract;
  return {
    ...{ id, uuid, size, price, startSlot, termSlots, maxCredit, state, confidence },
    ...{ paidUntilSlot, dueSlot, credit, payIndex },
    file: blob?.file ?? null,
    share: blob?.share ?? null,
    account: formatAddress(contract.account),
    lost: contract.lost ?? false,
    attempt: contract.attempt === 0 ? 0 : 1,
    bounty: paymentOf(context, contract),
    deckLeft: blob ? cardsLeft(blob.deck) : 0,
    outbox: outboxOf(contract),
    spot: spotOf(contract),
  };
}

/** A contract's latest payment as the plan sees it. */
export function paymentOf(context: Context, { id, bounty, coversUntilSlot }: OwnedContract): PaymentBounty | null {
  const entry = bounty === null ? undefined : context.books.bounties.get(bountyKey('owner', bounty));
  if (!entry) return null;
  return {
    id: entry.id,
    state: bountyState(context, entry),
    items: entry.items.length,
    position: entry.items.findIndex((item) => item.contract === id),
    amount: amountFor(entry, id),
    openedSlot: entry.opened,
    expiresSlot: entry.expires,
    coversUntilSlot,
    revoked: entry.closing !== null || entry.closed?.how === 'revoked',
  };
}

function ownerAdvert(context: Context, advert: AdvertEntry): Snapshot['owner']['adverts'][number] {
  return {
    id: advert.id,
    state: advertState(context, advert.id, advert),
    reserve: advert.reserve,
    termDays: advert.termDays,
    closesSlot: advert.closes,
    lots: advert.lots.map(({ uuid, state, tries, tried }) => ({ uuid, state, tries, tried })),
  };
}
