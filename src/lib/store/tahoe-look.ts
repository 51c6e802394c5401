import { Failure } from '../util/errors.js';
import type { Change, Located, ShareRecord, TahoeIndex } from './tahoe-index.js';
import { type Looked, lookAt, type Pace } from './tahoe-share.js';
import { identityOf, sameIdentity, sharePath } from './tahoe-tree.js';

export interface LookOptions {
  pace: Pace;
  /** True ends the round after the file at hand: something else is due. */
  due(): boolean;
  /** Files that turned out to be shares were booked. */
  onShares(): void;
}

/** What was hashed and is not booked is hashed again after a kill: so a round is booked after this long. */
const BOOKED_AFTER_MS = 1000;
const FILES_A_BATCH = 256;

/**
 * Looks into the files that wait, one after the other, and books what they are.
 *
 * @returns whether all were; those that change as they are read wait on
 * @throws Failure('temporary') where the tree went missing
 */
export async function lookRound(
  index: TahoeIndex,
  root: string,
  shares: string,
  { pace, due, onShares }: LookOptions,
): Promise<boolean> {
  let last: Located | undefined;
  for (;;) {
    const waiting = await index.waits(root, FILES_A_BATCH, last);
    if (waiting.length === 0) return true;
    for (let at = 0; at < waiting.length; ) {
      if (due()) return false;
      const until = performance.now() + BOOKED_AFTER_MS;
      const changes: Change[] = [];
      while (at < waiting.length && performance.now() < until && !due()) {
        last = waiting[at++]!;
        changes.push(...(await lookAtOne(index, last, shares, pace)));
      }
      if (changes.some(({ to }) => to === null)) await checkThere(index, root, shares);
      await index.apply(root, changes);
      if (changes.some(({ to }) => to?.state === 'good')) onShares();
    }
  }
}

async function lookAtOne(index: TahoeIndex, name: Located, shares: string, pace: Pace): Promise<Change[]> {
  const record = index.record(name);
  const known = record?.state === 'good' ? record : undefined;
  const looked = await lookAt(sharePath(shares, name), known, pace);
  if (looked.kind === 'changing') return [];
  return [{ name, to: recordOf(looked, record), waits: false }];
}

function recordOf(looked: Exclude<Looked, { kind: 'changing' }>, was: ShareRecord | undefined): ShareRecord | null {
  switch (looked.kind) {
    case 'share': {
      const { stamp, uuid, size, mark } = looked;
      return { state: 'good', stamp, uuid, size, mark };
    }
    case 'skipped':
      return { state: 'skipped', stamp: looked.stamp, why: looked.why };
    case 'unreadable':
      return was ? { state: 'skipped', stamp: was.stamp, why: 'unreadable' } : null;
    case 'gone':
      return null;
  }
}

/** A file that is gone from a tree that is gone is not gone. */
async function checkThere(index: TahoeIndex, root: string, shares: string): Promise<void> {
  const identity = await identityOf(shares);
  const known = index.tree(root);
  if (identity && known && sameIdentity(identity, known.identity)) return;
  throw new Failure('temporary', `${shares} is not there`, 'mount it again, or detach it');
}
