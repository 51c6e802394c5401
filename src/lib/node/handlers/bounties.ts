import { parseAddress } from '../../crypto/address.js';
import type { Handlers } from '../../rpc/handlers.js';
import type { BountyRecord } from '../../rpc/records.js';
import { Failure } from '../../util/errors.js';
import type { Answers } from '../answers.js';
import { bountyRecord, bountyState } from '../bounty-state.js';
import { type Context, currentSlot } from '../context.js';
import type { BountyEntry } from '../entries.js';
import { bountiesAt, bountyOf } from '../lookup.js';
import { checkAmount, openItem, type Payment, postBounty, readyFor } from '../posting.js';
import { ask, recall, remember } from '../requests.js';
import { withinLimit } from '../spend.js';
import { claimable, revokeBounties, sweepBounties } from '../sweeps.js';

type BountyHandlers = Pick<Handlers, 'bounty.post' | 'bounty.sweep' | 'bounty.revoke' | 'bounty.ls' | 'bounty.show'>;

export function bountyHandlers(context: Context, answers: Answers): BountyHandlers {
  return {
    'bounty.post': (params, { signal }) => post(context, params, signal),
    'bounty.sweep': (params) => sweep(context, answers, params),
    'bounty.revoke': (params) => revoke(context, params),
    'bounty.ls': (filter) => list(context, filter),
    'bounty.show': async ({ bounty }) => {
      const entry = bountyOf(context, 'owner', bounty) ?? bountyOf(context, 'steward', bounty);
      if (!entry) throw new Failure('not-found', `no bounty ${bounty} here`);
      return { ...bountyRecord(context, entry), blobs: entry.items.map(({ uuid }) => uuid) };
    },
  };
}

type PostParams = Parameters<BountyHandlers['bounty.post']>[0];

/** By hand: named by the UUID, so that whoever holds the blob may claim, or only `payee` where one is given. */
async function post(context: Context, params: PostParams, signal: AbortSignal): Promise<BountyRecord> {
  const { books } = context;
  checkAmount(context, params.amount);
  const asked = ask('bounty.post', params);
  const once = () =>
    books.exclusive(async () => {
      const known = recall(books, asked);
      if (known) {
        const first = bountyOf(context, 'owner', known.result as string)!;
        return { ...bountyRecord(context, first), spent_grains: '0' };
      }
      const payment: Payment = {
        items: [openItem(context, params.blob, params.amount)],
        payee: params.payee === undefined ? null : parseAddress(params.payee),
        durationSlots: durationSlots(context, params.expiresDays),
        asked,
        dryRun: params.dryRun,
        maxSpend: params.maxSpend,
      };
      withinLimit(params.amount, params.maxSpend);
      if (!params.dryRun && !(await readyFor(context, payment))) return undefined;
      const { bounty, cost } = await postBounty(context, payment);
      return { ...shown(context, bounty, params.dryRun), spent_grains: cost.toString() };
    });
  // No account in reserve: one is made, and waited for until it lies settle_depth deep.
  for (;;) {
    const record = await once();
    if (record) return record;
    await context.changes.next(signal);
  }
}

/** At least the claim window, at most a cycle: the ledger takes no other. */
function durationSlots({ params }: Context, days: number | undefined): number {
  const { claimWindowSlots, cycleSlots } = params.derived;
  if (days === undefined) return claimWindowSlots;
  const slots = days * params.daySlots;
  if (slots < claimWindowSlots || slots > cycleSlots) {
    const least = Math.ceil(claimWindowSlots / params.daySlots);
    const most = Math.floor(cycleSlots / params.daySlots);
    throw new Failure('usage', `a bounty is open for ${least} to ${most} days on this network`);
  }
  return slots;
}

type SweepParams = Parameters<BountyHandlers['bounty.sweep']>[0];
const ENTRIES_MAX = 256;

async function* sweep(context: Context, answers: Answers, params: SweepParams): AsyncGenerator<BountyRecord> {
  const { books } = context;
  const to = params.to === undefined ? undefined : parseAddress(params.to);
  const asked = ask('bounty.sweep', params);
  const known = recall(books, asked);
  if (known) {
    for (const id of known.result as string[]) yield bountyRecord(context, bountyOf(context, 'steward', id)!);
    return;
  }
  const wanted = params.all ? await claimable(context, answers) : named(context, 'steward', params.bounties);
  for (const entry of wanted) {
    const state = bountyState(context, entry);
    if (state !== 'open') throw new Failure('failure', `bounty ${entry.id} is ${state}`);
  }
  const { dryRun } = params;
  for (const { part, last } of inParts(wanted)) {
    // Blobs are read before the line is held: no block is added meanwhile.
    await answers.answerable(part);
    const swept = await books.exclusive(async () => {
      const done = await sweepBounties(context, answers, part, { dryRun, to });
      if (last && !dryRun) await books.commit(remember(books, asked, wanted.map(idOf)));
      return done;
    });
    for (const entry of swept) yield shown(context, entry, dryRun);
  }
}

const idOf = ({ id }: BountyEntry) => id;

/** As many as one transaction takes. The request is remembered with the last: cut off, it goes on with the rest. */
function inParts(wanted: readonly BountyEntry[]): { part: BountyEntry[]; last: boolean }[] {
  const parts: { part: BountyEntry[]; last: boolean }[] = [];
  for (let at = 0; at < wanted.length; at += ENTRIES_MAX) {
    parts.push({ part: wanted.slice(at, at + ENTRIES_MAX), last: at + ENTRIES_MAX >= wanted.length });
  }
  return parts;
}

function shown(context: Context, entry: BountyEntry, planned: boolean): BountyRecord {
  const record = bountyRecord(context, entry);
  return planned ? { ...record, state: 'planned' } : record;
}

async function* revoke(
  context: Context,
  params: Parameters<BountyHandlers['bounty.revoke']>[0],
): AsyncGenerator<BountyRecord> {
  const { books } = context;
  const { dryRun } = params;
  const asked = ask('bounty.revoke', params);
  const known = recall(books, asked);
  if (known) {
    for (const entry of named(context, 'owner', known.result as string[])) yield bountyRecord(context, entry);
    return;
  }
  const wanted = params.all ? await expired(context) : named(context, 'owner', params.bounties);
  for (const { part, last } of inParts(wanted)) {
    const revoked = await books.exclusive(async () => {
      const done = await revokeBounties(context, part, { dryRun });
      if (last && !dryRun) await books.commit(remember(books, asked, wanted.map(idOf)));
      return done;
    });
    for (const entry of revoked) yield shown(context, entry, dryRun);
  }
}

async function expired(context: Context): Promise<BountyEntry[]> {
  return (await bountiesAt(context, 'owner', 'open', { to: currentSlot(context) })).filter(
    (entry) => entry.closing === null && bountyState(context, entry) === 'expired',
  );
}

function named(context: Context, role: BountyEntry['role'], ids: readonly string[] | undefined): BountyEntry[] {
  if (ids === undefined) throw new Failure('usage', 'no bounty was named', 'name some, or give --all');
  return [...new Set(ids)].map((id) => {
    const entry = bountyOf(context, role, id);
    if (!entry) throw new Failure('not-found', `no bounty ${id} of this wallet's`);
    return entry;
  });
}

async function* everyBounty({ books }: Context): AsyncGenerator<BountyEntry> {
  for await (const [, entry] of books.bounties.entries()) yield entry;
  for await (const [, entry] of books.closed.entries()) yield entry;
}

async function* list(
  context: Context,
  filter: { state?: string | undefined; role?: 'owner' | 'steward' | undefined; blob?: string | undefined },
): AsyncGenerator<BountyRecord> {
  for await (const entry of everyBounty(context)) {
    const record = bountyRecord(context, entry);
    if (filter.state !== undefined && record.state !== filter.state) continue;
    if (filter.role !== undefined && record.role !== filter.role) continue;
    if (filter.blob !== undefined && entry.items.every(({ uuid }) => uuid !== filter.blob)) continue;
    yield record;
  }
}
