import type { ActRecord } from '../rpc/records.js';
import type { Act, ActOf } from '../rpc/snapshot.js';
import type { Spool } from '../store/spool.js';
import { utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { advertise, commitBid, revealBid } from './adverts.js';
import type { Answers } from './answers.js';
import { awardLots } from './awards.js';
import { checkContract } from './checking.js';
import { type Context, currentSlot } from './context.js';
import { dealAgain } from './deal.js';
import type { BountyEntry } from './entries.js';
import type { Files } from './files.js';
import { gather, performFund } from './funders.js';
import type { Keeping } from './keeping.js';
import { bountyOf, keptContract, ownBlob, ownedContract } from './lookup.js';
import type { Patience } from './patience.js';
import { payContracts, settleContract } from './payments.js';
import { pollContract } from './polling.js';
import { rebuildBlob } from './repair.js';
import { type Asked, ask, recall, remember } from './requests.js';
import { revokeBounties, sweepBounties } from './sweeps.js';

export interface Performers {
  files: Files;
  keeping: Keeping;
  answers: Answers;
  spool: Spool;
  /** With repairs that failed. */
  patience: Patience;
  /** Acts under way, by kind and subject. */
  running: Map<string, Promise<ActRecord[]>>;
}

type Outcome = Pick<ActRecord, 'blob' | 'subject' | 'amount_grains' | 'confidence' | 'message'>;

const nothing: Outcome = { blob: null, subject: null, amount_grains: null, confidence: null, message: null };

/**
 * Performs one planned act. The same request id again gives the first outcome: a controller killed
 * between asking and hearing asks again, and nothing happens twice.
 */
export function perform(context: Context, performers: Performers, act: Act): Promise<ActRecord[]> {
  // Asked while it is still being done, an act is waited for, not done again beside itself.
  const name = `${act.kind}/${subjectOf(act)}`;
  const running = performers.running.get(name);
  if (running) return running;
  const done = performOnce(context, performers, act).finally(() => performers.running.delete(name));
  performers.running.set(name, done);
  return done;
}

async function performOnce(context: Context, performers: Performers, act: Act): Promise<ActRecord[]> {
  const { books } = context;
  // A late repeat may carry another amount, and is still the same act.
  const asked = ask(act.kind, { subject: subjectOf(act), requestId: act.requestId });
  const known = recall(books, asked);
  // Done, and cut off before its outcome was written down: nothing but the fact is known.
  if (known) return isRecords(known.result) ? known.result : [recordOf(act, {})];
  const outcomes = await run(context, performers, act, asked);
  const records = outcomes.map((outcome) => recordOf(act, outcome));
  // An award that placed only some of its lots is asked for again; a question asked twice does no harm.
  if (act.kind !== 'award' && act.kind !== 'poll') await books.commit(remember(books, asked, records));
  context.changes.tell({ kind: 'books' });
  return records;
}

function recordOf(act: Act, outcome: Partial<Outcome>): ActRecord {
  const facts = { request_id: act.requestId, status: 'done' as const };
  return { type: 'act', act: act.kind, ...nothing, ...outcome, ...facts };
}

function isRecords(result: unknown): result is ActRecord[] {
  return Array.isArray(result) && result.every((record) => record?.type === 'act');
}

/** What an act is about: a late repeat may carry another amount, and is still the same act. */
function subjectOf(act: Act): string {
  if (act.kind === 'pay') return act.items[0]!.contract;
  if (act.kind === 'fund') return `${act.first}`;
  if (act.kind === 'gather') return `${act.account}`;
  if ('contract' in act) return act.contract;
  if ('bounty' in act) return act.bounty;
  if ('uuid' in act) return act.uuid;
  if ('uuids' in act) return [...act.uuids].sort().join(' ');
  if ('bounties' in act) return act.bounties.join(' ');
  return act.advert;
}

async function run(context: Context, performers: Performers, act: Act, asked: Asked): Promise<Partial<Outcome>[]> {
  const { books } = context;
  switch (act.kind) {
    case 'pay': {
      const { bounty } = await books.exclusive(() => payContracts(context, act, asked));
      return outcomesOf(bounty);
    }
    case 'fund': {
      const { cost } = await books.exclusive(() => performFund(context, act, asked));
      return [{ subject: null, amount_grains: cost.toString() }];
    }
    case 'gather': {
      const { cost } = await books.exclusive(() => gather(context, act, asked));
      return [{ subject: null, amount_grains: cost.toString() }];
    }
    case 'settle': {
      const contract = await books.exclusive(() => settleContract(context, act));
      return [{ blob: contract.uuid, subject: contract.id, confidence: contract.confidence }];
    }
    case 'revoke':
      return books.exclusive(() => revoke(context, act, asked));
    case 'sweep':
      return sweep(context, performers.answers, act, asked);
    case 'mia':
      return books.exclusive(() => markMissing(context, act));
    case 'repair': {
      const rebuilt = await performers.patience.during(act.uuid, currentSlot(context), () =>
        rebuildBlob(context, performers.files, act),
      );
      return [{ blob: rebuilt.uuid, subject: act.uuid }];
    }
    case 'deal': {
      // A steward that does not serve is not asked, and k others are not fetched, at every tick.
      const dealt = await performers.patience.during(`deal/${act.uuid}`, currentSlot(context), () =>
        dealAgain(context, performers, act.uuid, act.count),
      );
      return [{ blob: dealt.uuid }];
    }
    case 'poll': {
      const { contract, silent } = await pollContract(context, act, performers.patience);
      return [{ blob: contract.uuid, subject: contract.id, message: silent }];
    }
    case 'check': {
      const { contract, failed } = await checkContract(context, act);
      return [{ blob: contract.uuid, subject: contract.id, message: failed }];
    }
    case 'advertise': {
      const [made] = await books.exclusive(() => advertise(context, [act], { asked }));
      return made!.entry.lots.map(({ uuid }) => ({ blob: uuid, subject: made!.entry.id }));
    }
    case 'award': {
      const outcomes = await awardLots(context, act.advert);
      return outcomes.map(({ uuid, contract }) => ({ blob: uuid, subject: contract ?? act.advert }));
    }
    case 'end':
      return books.exclusive(() => endContract(context, act));
    case 'commit':
      await books.exclusive(() => commitBid(context, { advert: act.advert, price: act.price, asked }));
      return [{ subject: act.advert, amount_grains: act.price.toString() }];
    case 'reveal':
      await books.exclusive(() => revealBid(context, act.advert, asked));
      return [{ subject: act.advert }];
    case 'prune': {
      for (const id of act.contracts) keptContract(context, id);
      await performers.keeping.prune(act.uuid, act.contracts);
      return [{ blob: act.uuid, subject: act.reason }];
    }
  }
}

/** One outcome a blob. */
function outcomesOf({ id, items }: BountyEntry): Partial<Outcome>[] {
  return items.map(({ uuid, amount }) => ({ blob: uuid, subject: id, amount_grains: amount.toString() }));
}

async function revoke(context: Context, act: ActOf<'revoke'>, asked: Asked): Promise<Partial<Outcome>[]> {
  const entry = bountyOf(context, 'owner', act.bounty);
  if (!entry) throw new Failure('not-found', `no bounty ${act.bounty} of this wallet's`);
  const [revoked] = await revokeBounties(context, [entry], { asked });
  return [{ blob: entry.items[0]!.uuid, subject: act.bounty, amount_grains: revoked!.amount.toString() }];
}

async function sweep(
  context: Context,
  answers: Answers,
  act: ActOf<'sweep'>,
  asked: Asked,
): Promise<Partial<Outcome>[]> {
  const isOpen = ({ closing, closed }: BountyEntry) => closing === null && closed === null;
  const entries = act.bounties.flatMap((id) => bountyOf(context, 'steward', id) ?? []).filter(isOpen);
  // Blobs are read before the line is held: no block is added meanwhile.
  const answered = await answers.answerable(entries);
  // None: because of a disk that is missing, which is told here, or of bytes that do not fit, told below.
  if (answered.length === 0)
    for (const { uuid } of entries.flatMap(({ items }) => items)) await context.blobs.locate(uuid);
  const swept = await context.books.exclusive(async () => {
    const open = (answered.length > 0 ? answered : entries)
      .flatMap(({ id }) => bountyOf(context, 'steward', id) ?? [])
      .filter(isOpen);
    return open.length === 0 ? [] : sweepBounties(context, answers, open, { asked });
  });
  return swept.map(({ id, items, amount }) => ({
    ...{ blob: items[0]!.uuid, subject: id, amount_grains: amount.toString() },
  }));
}

async function markMissing(context: Context, act: ActOf<'mia'>): Promise<Partial<Outcome>[]> {
  const { books } = context;
  const contract = ownedContract(context, act.contract);
  const blob = ownBlob(context, act.uuid);
  await books.commit([
    books.owned.put(utf8(contract.id), { ...contract, state: 'mia', confidence: 0 }),
    // A share that was rebuilt by hand has a newer generation, and one that was handed over a newer contract.
    ...(blob.state === 'replaced' || blob.contract !== contract.id
      ? []
      : [books.blobs.put(utf8(blob.uuid), { ...blob, state: 'mia' })]),
  ]);
  return [{ blob: blob.uuid, subject: contract.id, confidence: 0 }];
}

/** The term is over. A blob that no other contract keeps is to be placed anew, or rebuilt. */
async function endContract(context: Context, act: ActOf<'end'>): Promise<Partial<Outcome>[]> {
  const { books, blobs } = context;
  const contract = ownedContract(context, act.contract);
  const writes = [books.owned.put(utf8(contract.id), { ...contract, state: 'ended' as const })];
  const blob = books.blobs.get(utf8(contract.uuid));
  if (blob?.contract === contract.id && blob.state === 'live') {
    const state = (await blobs.has(blob.uuid)) ? ('local' as const) : ('mia' as const);
    writes.push(books.blobs.put(utf8(blob.uuid), { ...blob, state }));
  }
  await books.commit(writes);
  return [{ blob: contract.uuid, subject: contract.id }];
}
