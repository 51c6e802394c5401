import { randomBytes } from 'node:crypto';
import { sumKeys, sumScalars } from '../bounty/batch.js';
import type { Answer } from '../bounty/challenge.js';
import type { Address, Hash } from '../chain/types.js';
import { signRaw } from '../crypto/scalar.js';
import { equal, fromHex } from '../util/bytes.js';
import { Failure, isFailure } from '../util/errors.js';
import { answerOnWorker } from '../workers/hash.js';
import { bountyState } from './bounty-state.js';
import { type Context, currentSlot } from './context.js';
import type { BountyEntry } from './entries.js';
import { pauseOthers } from './grace.js';
import { bountyKey } from './indexer.js';
import { bountiesAt, bountyOf } from './lookup.js';
import type { Asked } from './requests.js';
import { type Spend, spend } from './spend.js';

/** Answers kept in memory: a secret scalar each, for bounties that are still open. */
const ANSWERS_MAX = 4096;

/** The steward's answers to challenges: worked out from the blob's bytes once, when a bounty appears. */
export class Answers {
  private readonly scalars = new Map<string, bigint>();

  constructor(private readonly context: Context) {}

  /** Whether the blobs held here give the bounty's key; the verdict is kept in the books. */
  async fits(entry: BountyEntry): Promise<boolean> {
    if (entry.fits !== null) return entry.fits;
    const { books } = this.context;
    const fits = await this.verdict(entry);
    if (fits === undefined) return false;
    await books.exclusive(async () => {
      const now = bountyOf(this.context, 'steward', entry.id);
      if (now) await books.commit([books.bounties.put(bountyKey('steward', now.id), { ...now, fits })]);
    });
    return fits;
  }

  /** undefined: nobody can say now. Bytes that are not there may come back, a disk mounted again. */
  private async verdict(entry: BountyEntry): Promise<boolean | undefined> {
    const { log } = this.context;
    try {
      if (!(await this.allHere(entry))) return undefined;
      if ((await this.scalar(entry)) !== undefined) return true;
      // Bytes that went bad answer nothing, and say nothing of the bounty either.
      const bad = await this.badOf(entry);
      if (bad.size > 0) await pauseOthers(this.context, entry, bad);
      return bad.size === 0 ? false : undefined;
    } catch (error) {
      if (!isFailure(error)) throw error;
      log.warn({ bounty: entry.id, error: error.message }, 'a blob could not be read to answer a bounty');
      return undefined;
    }
  }

  /** Before any of it is read. What no disk that is missing can have is gone, and pauses the rest of its batch. */
  private async allHere(entry: BountyEntry): Promise<boolean> {
    const gone = new Set<string>();
    let missing = false;
    for (const { uuid } of entry.items) {
      const found = await this.context.blobs.seek(uuid);
      if (!found.place && !found.missing) gone.add(uuid);
      missing ||= found.missing !== undefined && !found.place;
    }
    if (gone.size > 0) await pauseOthers(this.context, entry, gone);
    return gone.size === 0 && !missing;
  }

  /** Blobs whose bytes fail their own UUID. */
  private async badOf({ items }: BountyEntry): Promise<Set<string>> {
    const bad = new Set<string>();
    for (const { uuid } of items) if (!(await this.context.blobs.check(uuid)).good) bad.add(uuid);
    return bad;
  }

  /** Those that can be answered now: one whose disk is missing, or bad, does not hold up the others. */
  async answerable(entries: readonly BountyEntry[]): Promise<BountyEntry[]> {
    const out: BountyEntry[] = [];
    for (const entry of entries) if (this.scalars.has(entry.id) || (await this.verdict(entry))) out.push(entry);
    return out;
  }

  /** The secret behind the bounty's key; undefined where the bytes here do not give it. */
  async scalar(entry: BountyEntry): Promise<bigint | undefined> {
    const known = this.scalars.get(entry.id);
    if (known !== undefined) return known;
    const answers: Answer[] = [];
    for (const { uuid, item } of entry.items) {
      if (!(await this.context.blobs.seek(uuid)).place) return undefined;
      answers.push(await this.answer(uuid, item.nonce));
    }
    const scalar = sumScalars(answers.map((answer) => answer.scalar));
    if (!equal(sumKeys(answers.map(({ key }) => key)), entry.key)) return undefined;
    if (this.scalars.size >= ANSWERS_MAX) this.scalars.delete(this.scalars.keys().next().value!);
    this.scalars.set(entry.id, scalar);
    return scalar;
  }

  private async answer(uuid: string, nonce: Uint8Array): Promise<Answer> {
    const blob = await this.context.blobs.open(uuid);
    return answerOnWorker(nonce, blob.extent).finally(() => blob.close());
  }
}

export interface SweepOptions {
  asked?: Asked | undefined;
  dryRun?: boolean | undefined;
  /** Where an open bounty goes; the wallet's main account by default. */
  to?: Address | undefined;
}

/** One transaction for all: each bounty to its payee, signed with the key that its blobs give. */
export async function sweepBounties(
  context: Context,
  answers: Answers,
  entries: readonly BountyEntry[],
  options: SweepOptions,
): Promise<BountyEntry[]> {
  const scalars: bigint[] = [];
  for (const entry of entries) {
    const scalar = await answers.scalar(entry);
    if (scalar === undefined) throw new Failure('failure', `the bytes held here do not answer bounty ${entry.id}`);
    scalars.push(scalar);
  }
  const { books, wallet } = context;
  const targets = entries.map((entry) => ({ bounty: hash(entry.id), to: entry.payee ?? options.to ?? wallet.main }));
  const swept: BountyEntry[] = [];
  const one: Spend = {
    draft: { kind: 'sweep', entries: targets },
    sign: (message, index) => signRaw(scalars[index]!, message, new Uint8Array(randomBytes(32))),
    book: (batch, { txid }) => {
      for (const entry of entries) {
        const closing = { ...entry, fits: true, closing: txid };
        batch.put(books.bounties, bountyKey('steward', entry.id), closing);
        swept.push(closing);
      }
    },
  };
  await spend(context, one, { asked: options.asked, dryRun: options.dryRun, result: () => swept.map(({ id }) => id) });
  return options.dryRun ? [...entries] : swept;
}

/** Bounties this node could sweep now: open, its answer fits, no sweep of its own on the way. */
export async function claimable(context: Context, answers: Answers): Promise<BountyEntry[]> {
  const out: BountyEntry[] = [];
  for (const entry of await bountiesAt(context, 'steward', 'open', {
    from: Math.min(context.ledger.tip.slot, currentSlot(context)),
  })) {
    if (entry.closing !== null || bountyState(context, entry) !== 'open') continue;
    if (await answers.fits(entry)) out.push(entry);
  }
  return answers.answerable(out);
}

/** Gives expired bounties back to this wallet, in one transaction. */
export async function revokeBounties(
  context: Context,
  entries: readonly BountyEntry[],
  options: Omit<SweepOptions, 'to'>,
): Promise<BountyEntry[]> {
  const { books, wallet } = context;
  for (const entry of entries) {
    const state = bountyState(context, entry);
    if (state === 'open' || state === 'pending') {
      throw new Failure('temporary', `bounty ${entry.id} has not expired`, 'a bounty is irrevocable until it expires');
    }
    if (state !== 'expired') throw new Failure('failure', `bounty ${entry.id} is ${state}`);
  }
  const revoked: BountyEntry[] = [];
  const one: Spend = {
    draft: { kind: 'revoke', from: wallet.main, bounties: entries.map((entry) => hash(entry.id)) },
    book: (batch, { txid }) => {
      for (const entry of entries) {
        const closing = { ...entry, closing: txid };
        batch.put(books.bounties, bountyKey('owner', entry.id), closing);
        revoked.push(closing);
      }
    },
  };
  await spend(context, one, {
    asked: options.asked,
    dryRun: options.dryRun,
    result: () => revoked.map(({ id }) => id),
  });
  return options.dryRun ? [...entries] : revoked;
}

function hash(id: string): Hash {
  return fromHex(id)!;
}
