import { readBarredUntil } from '../chain/state.js';
import type { Snapshot } from '../rpc/snapshot.js';
import { equal, utf8 } from '../util/bytes.js';
import type { Answers } from './answers.js';
import { type Context, currentSlot } from './context.js';
import type { BidEntry, BountyEntry, KeptContract } from './entries.js';
import type { SeenAdverts } from './seen.js';
import type { StewardView } from './steward-view.js';

/**
 * What this machine could claim, and keeps unpaid; and what it could bid on, on the first page. `wait`: until
 * what open bounties ask is known.
 */
export async function stewardSnapshot(
  context: Context,
  answers: Answers,
  view: StewardView,
  { seen, first, wait }: { seen: SeenAdverts; first: boolean; wait: boolean },
): Promise<Snapshot['steward']> {
  const standing = seen.current(context);
  return {
    ...(await debtsOf(answers, view, wait)),
    adverts: first ? advertsOf(context, standing) : [],
    barred: isBarred(context),
    disk: await diskOf(context, standing),
  };
}

/** Contracts that may have to go, and bounties that keep them or can be claimed. */
export async function debtsOf(
  answers: Answers,
  view: StewardView,
  wait = true,
): Promise<Pick<Snapshot['steward'], 'contracts' | 'claimable'>> {
  const { open } = view;
  const entries = open.map(({ entry }) => entry);
  const fit = wait ? await answers.fit(entries) : answers.fitSoFar(entries);
  const bounties = open.map(({ entry, claimed }, i): Open => ({ entry: { ...entry, fits: fit[i]! }, claimed }));
  const best = byContract(bounties);
  return {
    contracts: view.contracts.map((contract) => stewardContract(contract, best.get(contract.id))),
    claimable: bounties.flatMap(({ entry, claimed }) => (claimed ? [] : [claimableOf(entry)])),
  };
}

type Standing = ReturnType<SeenAdverts['current']>[number];

function isBarred(context: Context): boolean {
  const { ledger, wallet } = context;
  const until = wallet.unlocked ? readBarredUntil(ledger.state, wallet.main) : undefined;
  return until !== undefined && currentSlot(context) <= until;
}

interface Open {
  entry: BountyEntry;
  claimed: boolean;
}

function claimableOf(entry: BountyEntry): Snapshot['steward']['claimable'][number] {
  const { id, items, amount, expires, fits, closing } = entry;
  const uuids = items.map(({ uuid }) => uuid);
  return { id, uuids, amount, expiresSlot: expires ?? 0, fits, sweeping: closing !== null };
}

function hopeOf({ entry: { fits } }: Open): number {
  return fits ? 2 : fits === null ? 1 : 0;
}

/** Of the bounties under a contract the first that fits, or may fit, or else the first. */
function byContract(bounties: readonly Open[]): Map<string, Open> {
  const best = new Map<string, Open>();
  for (const open of bounties) {
    for (const { contract } of open.entry.items) {
      if (contract === null) continue;
      const known = best.get(contract);
      if (!known || hopeOf(open) > hopeOf(known)) best.set(contract, open);
    }
  }
  return best;
}

function stewardContract(contract: KeptContract, best: Open | undefined): Snapshot['steward']['contracts'][number] {
  const { id, uuid, size, price, maxCredit, gracePercent, startSlot, termSlots, confidence, earned, lastPaidSlot } =
    contract;
  return {
    ...{ id, uuid, size, price, maxCredit, gracePercent, startSlot, termSlots, confidence, earned, lastPaidSlot },
    state: contract.state === 'ended' ? 'ended' : 'live',
    pause: contract.pause ?? null,
    openBounty: best
      ? {
          id: best.entry.id,
          expiresSlot: best.entry.expires ?? 0,
          fits: best.entry.fits,
          claimed: best.claimed,
        }
      : null,
  };
}

function advertsOf(context: Context, standing: readonly Standing[]): Snapshot['steward']['adverts'] {
  const { books, wallet } = context;
  const slot = currentSlot(context);
  return standing.flatMap(({ id, key, advert: whole }) => {
    const bid = books.bids.get(key);
    if (!bid && slot > whole.closes) return [];
    // Whom else it excludes is long, and of no use here.
    const excluded = wallet.unlocked ? whole.excluded.filter((account) => equal(account, wallet.main)) : [];
    const advert = { ...whole, excluded };
    const own = wallet.unlocked && equal(advert.from, wallet.main);
    return [{ id, advert, own, bid: bid ? bidState(context, bid) : null }];
  });
}

function bidState({ books }: Context, bid: BidEntry): 'pending' | 'committed' | 'revealing' | 'revealed' {
  if (bid.revealTx !== null) return isIncluded(books.pending.get(utf8(bid.revealTx))) ? 'revealed' : 'revealing';
  return isIncluded(books.pending.get(utf8(bid.commitTx))) ? 'committed' : 'pending';
}

/** What lies deep enough has left the pending transactions. */
function isIncluded(pending: { includedHeight: number | null } | undefined): boolean {
  return pending === undefined || pending.includedHeight !== null;
}

/**
 * What may still be sold. Lots that may yet be won are taken from the room of one root, the largest, as
 * if they all went there: each goes to the root with the most room when it comes, so that the last one
 * is sure to find as much as was left here.
 */
export async function diskOf(context: Context, standing: readonly Standing[]): Promise<Snapshot['steward']['disk']> {
  const { books, blobs, params } = context;
  const stored = books.keptSums.storedBytes;
  const slot = currentSlot(context);
  const patience = params.auctionSlots + params.derived.claimWindowSlots;
  let promised = 0;
  for (const { key, advert } of standing) {
    const bid = slot <= advert.revealsUntil + patience ? books.bids.get(key) : undefined;
    if (!bid) continue;
    const arrived = bid.contract !== null && books.kept.get(utf8(bid.contract)) !== undefined;
    if (!arrived) promised += bid.size;
  }
  return { freeBytes: Math.max(0, (await blobs.room()) - promised), committedBytes: stored + promised };
}
