import { randomBytes } from 'node:crypto';
import type { Address, Hash } from '../chain/types.js';
import { signRaw } from '../crypto/scalar.js';
import { fromHex, toHex } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import type { Answers } from './answers.js';
import { bountyState } from './bounty-state.js';
import { type Context, currentSlot } from './context.js';
import type { BountyEntry } from './entries.js';
import { bountyKey } from './indexer.js';
import { bountiesAt } from './lookup.js';
import type { Asked } from './requests.js';
import { type Spend, spend, spendAll } from './spend.js';

export interface SweepOptions {
  asked?: Asked | undefined;
  dryRun?: boolean | undefined;
  /** Where an open bounty goes; the wallet's main account by default. */
  to?: Address | undefined;
}

/** One transaction for all that are `answerable`: each bounty to its payee, signed with the key that its blobs give. */
export async function sweepBounties(
  context: Context,
  answers: Answers,
  entries: readonly BountyEntry[],
  options: SweepOptions,
): Promise<BountyEntry[]> {
  const scalars: bigint[] = [];
  for (const entry of entries) {
    const scalar = answers.secret(entry);
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
  const from = Math.min(context.ledger.tip.slot, currentSlot(context));
  const open = await bountiesAt(context, 'steward', 'open', { from });
  return answers.answerable(
    open.filter((entry) => entry.closing === null && entry.fits !== false && bountyState(context, entry) === 'open'),
  );
}

/** Gives expired bounties back to the accounts that funded them, in a transaction for each of these. */
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
  const byFunder = new Map<string, BountyEntry[]>();
  for (const entry of entries) {
    const funder = toHex(entry.funder ?? wallet.main);
    byFunder.set(funder, [...(byFunder.get(funder) ?? []), entry]);
  }
  const spends = [...byFunder].map(
    ([funder, own]): Spend => ({
      draft: { kind: 'revoke', from: hash(funder), bounties: own.map((entry) => hash(entry.id)) },
      book: (batch, { txid }) => {
        for (const entry of own) {
          const closing = { ...entry, closing: txid };
          batch.put(books.bounties, bountyKey('owner', entry.id), closing);
          revoked.push(closing);
        }
      },
    }),
  );
  await spendAll(context, spends, {
    asked: options.asked,
    dryRun: options.dryRun,
    result: () => revoked.map(({ id }) => id),
  });
  return options.dryRun ? [...entries] : revoked;
}

function hash(id: string): Hash {
  return fromHex(id)!;
}
