import { Failure } from '../util/errors.js';
import { type Change, COPIES_MAX, type ShareRecord, type TahoeIndex } from './tahoe-index.js';
import {
  countStrays,
  type FoundPrefix,
  identityOf,
  PREFIXES,
  readPrefix,
  sameIdentity,
  sameStamp,
} from './tahoe-tree.js';

export interface ScanOptions {
  /** An operator's word that what is there now is the tree, empty or another. */
  confirmed: boolean;
  now(): number;
  signal: AbortSignal;
}

/** A batch is synced to the disk, and holds up what else the database is asked for. */
const CHANGES_A_BATCH = 512;

/**
 * Walks an attached tree and takes into its index what came, changed and went, by stat alone. Cut off
 * anywhere, the next scan does the rest.
 *
 * A tree that is not there must not look like one whose shares were all deleted. So nothing is taken
 * from the index unless `shares/` is the folder that it was, by inode and time of birth, before and
 * after it was read; and a tree without any share, of which some are known, waits for the operator.
 *
 * @throws Failure('temporary') where the tree is missing: the index is as it was
 */
export async function scanTree(index: TahoeIndex, root: string, shares: string, options: ScanOptions): Promise<void> {
  const began = options.now();
  await checkThere(index, root, shares, options);
  let strays = await countStrays(shares);
  let changes: Change[] = [];
  for (const prefix of PREFIXES) {
    options.signal.throwIfAborted();
    const found = await readPrefix(shares, prefix);
    strays += found.strays + (found.unread === true ? 1 : found.unread.size);
    changes.push(...(await compare(index, root, prefix, found)));
    if (changes.length < CHANGES_A_BATCH) continue;
    await book(index, root, shares, changes);
    changes = [];
  }
  await book(index, root, shares, changes);
  const now = options.now();
  await index.apply(root, [], { strays, scannedMs: now, tookMs: now - began });
}

async function book(index: TahoeIndex, root: string, shares: string, changes: readonly Change[]): Promise<void> {
  await checkSame(index, root, shares);
  if (changes.length > 0) await index.apply(root, changes);
}

async function checkThere(
  index: TahoeIndex,
  root: string,
  shares: string,
  { confirmed, signal }: ScanOptions,
): Promise<void> {
  const identity = await identityOf(shares);
  if (!identity) throw gone(shares);
  const known = index.tree(root);
  if (!known || confirmed) return index.apply(root, [], { identity });
  await checkSame(index, root, shares);
  const { good, corrupt, skipped, waiting } = known.counts;
  if (good + corrupt + skipped + waiting > 0 && (await isEmpty(shares, signal))) {
    // A tree that went away while it was looked through has no share in it either.
    await checkSame(index, root, shares);
    throw new Failure('temporary', `${shares} holds no share any more`, confirmHint(shares));
  }
}

async function checkSame(index: TahoeIndex, root: string, shares: string): Promise<void> {
  const identity = await identityOf(shares);
  if (!identity) throw gone(shares);
  const known = index.tree(root);
  if (known && !sameIdentity(known.identity, identity)) {
    throw new Failure('temporary', `${shares} is not the directory that was attached`, confirmHint(shares));
  }
}

const gone = (shares: string) => new Failure('temporary', `${shares} is not there`, 'mount it again, or detach it');
const confirmHint = (shares: string) => `mount its disk again; where this is right, holdfast steward attach ${shares}`;

async function isEmpty(shares: string, signal: AbortSignal): Promise<boolean> {
  for (const prefix of PREFIXES) {
    signal.throwIfAborted();
    const { shares: found, unread } = await readPrefix(shares, prefix);
    if (found.length > 0 || unread === true || unread.size > 0) return false;
  }
  return true;
}

async function compare(index: TahoeIndex, root: string, prefix: string, found: FoundPrefix): Promise<Change[]> {
  const known = new Map<string, ShareRecord>();
  const changes: Change[] = [];
  const there = new Set(found.shares.map(({ si, number }) => `${si}/${number}`));
  for await (const [name, record] of index.records(root, prefix)) {
    const id = `${name.si}/${name.number}`;
    if (there.has(id)) known.set(id, record);
    else if (found.unread !== true && !found.unread.has(name.si)) changes.push({ name, to: null, waits: false });
  }
  for (const { si, number, stamp } of found.shares) {
    const name = { si, number };
    const record = known.get(`${si}/${number}`);
    if (!record) changes.push({ name, to: { state: 'new', stamp }, waits: true });
    else if (!sameStamp(record.stamp, stamp) || isRetried(record)) changes.push({ name, to: record, waits: true });
    else if (mayBeListed(index, record)) changes.push({ name, to: record, waits: false });
  }
  return changes;
}

/** Whoever may read it was perhaps changed meanwhile: that shows in no stat of the file's own. */
function isRetried(record: ShareRecord): boolean {
  return record.state === 'skipped' && record.why === 'unreadable';
}

function mayBeListed(index: TahoeIndex, record: ShareRecord): boolean {
  return record.state === 'good' && record.unlisted === true && index.located(record.uuid).length < COPIES_MAX;
}
