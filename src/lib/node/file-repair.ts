import { type ChkCap, storageIndexText } from '../codec/caps.js';
import { happyFor, healthOf } from '../codec/happy.js';
import type { MethodParams } from '../rpc/methods.js';
import type { RepairRecord } from '../rpc/records.js';
import type { Spool } from '../store/spool.js';
import { utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { formatSealedCap, parseSealedCap, type SealedCap } from './caps.js';
import { type Context, currentSlot } from './context.js';
import type { BlobEntry, FileEntry } from './entries.js';
import { type FoundShare, ShareHunt } from './fetch.js';
import { blobsOf } from './file-records.js';
import { letGo } from './holding.js';
import { rebuildSealed, type Wanted } from './repair.js';

export type RepairParams = MethodParams<'file.repair'>;

const LOOK_AGAIN_MS = 1000;

/**
 * Looks for all shares of a file, and makes again, as new local blobs, those that are missing or bad. A
 * file that is not in the catalog is entered. Until `youngUntilMs` this node is still finding its peers:
 * what it does not see yet is not taken for lost.
 */
export async function repairFile(
  context: Context,
  spool: Spool,
  youngUntilMs: number,
  params: RepairParams,
): Promise<RepairRecord> {
  const parsed = parseSealedCap(params.cap);
  const { cap } = parsed;
  if (cap.kind === 'lit') return literal(params);
  context.wallet.keys();
  const sealed = { ...parsed, storageIndex: storageIndexText(cap) };
  const own = await blobsOf(context, sealed.storageIndex);
  if (own.some(({ state }) => state === 'bare')) {
    throw new Failure('failure', 'its shares are kept by a Tahoe grid', 'repair it there: tahoe check --repair');
  }
  const hunt = new ShareHunt(context, spool, sealed, cap);
  const found = new Map<number, FoundShare>();
  try {
    await survey(context, hunt, { found, needed: cap.needed, youngUntilMs });
    const known = context.books.files.get(utf8(sealed.storageIndex));
    const counts = countsOf(cap, hunt, known, params);
    const wanted = wantedShares(context, { cap, hunt, known, own }, params);
    const least = wanted.some(({ onDisk }) => onDisk) || counts.good < cap.needed;
    // Not lost: it may be on a disk that is not there.
    if (least && hunt.missing) throw hunt.missing;
    const able = counts.good >= cap.needed ? wanted : [];
    const rebuilt = params.dryRun
      ? able.map(({ share }) => ({ share, uuid: null }))
      : await make(context, { sealed, cap, found, wanted: able }, { ...counts, known });
    const outcome = { rebuilt, verdict_after: verdictAfter(counts, hunt, able), planned: params.dryRun };
    return { ...counts, ...outcome, storage_index: sealed.storageIndex };
  } finally {
    for (const share of found.values()) await share.release();
  }
}

function literal({ dryRun }: RepairParams): RepairRecord {
  const one = { needed: 1, happy: 1, total: 1, good: 1 };
  return {
    ...{ type: 'repair', storage_index: null, ...one, rebuilt: [], planned: dryRun },
    ...{ verdict: 'healthy', verdict_after: 'healthy' },
  };
}

interface Surveying {
  found: Map<number, FoundShare>;
  needed: number;
  youngUntilMs: number;
}

/** Finds k good shares at the most; what became of each is in the hunt's verdicts. */
async function survey(context: Context, hunt: ShareHunt, { found, needed, youngUntilMs }: Surveying) {
  for (;;) {
    const seen = new Set([...hunt.verdicts.values()].filter(({ good }) => good).map(({ share }) => share));
    hunt.askAgain();
    for (const [share, got] of await hunt.survey(needed - found.size, seen)) found.set(share, got);
    const all = [...hunt.verdicts.values()].every(({ good }) => good);
    if (all || context.clock.now() >= youngUntilMs) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

type Counts = Pick<RepairRecord, 'type' | 'needed' | 'happy' | 'total' | 'good' | 'verdict'>;

function countsOf(cap: ChkCap, hunt: ShareHunt, known: FileEntry | undefined, params: RepairParams): Counts {
  const { needed, total } = cap;
  const good = [...hunt.verdicts.values()].filter((verdict) => verdict.good).length;
  const happy = happyFor(needed, total, params.happy ?? known?.happy);
  return { type: 'repair', needed, happy, total, good, verdict: healthOf(good, needed, happy) };
}

/** With those that were made, be it by another repair meanwhile. */
function verdictAfter({ needed, happy }: Counts, hunt: ShareHunt, made: readonly Wanted[]) {
  const good = [...hunt.verdicts.values()].filter((verdict) => verdict.good).map(({ share }) => share);
  return healthOf(new Set([...good, ...made.map(({ share }) => share)]).size, needed, happy);
}

interface Looked {
  cap: ChkCap;
  hunt: ShareHunt;
  known: FileEntry | undefined;
  own: readonly BlobEntry[];
}

/** In order; `onDisk`: this node should have its bytes itself. */
function wantedShares(context: Context, { cap, hunt, known, own }: Looked, { all }: RepairParams) {
  const wanted: (Wanted & { onDisk: boolean })[] = [];
  for (let share = 0; share < cap.total; share++) {
    const verdict = hunt.verdicts.get(share)!;
    // The last of them is of the newest generation.
    const newest = own.filter((blob) => blob.share === share).at(-1);
    const onDisk = known !== undefined && (newest?.state === 'local' || newest?.state === 'advertised');
    if (isKept(known ? newest : undefined, verdict, all)) continue;
    const after = (newest?.generation ?? -1) + 1;
    // Of what other machines made of a file that is new here nothing is known, but that it was before now.
    const generation = known && newest ? after : Math.max(after, currentSlot(context));
    wanted.push({ share, generation, onDisk });
  }
  return wanted;
}

/** Whether somebody answers for the share: who does so unpaid will not do so for long. */
function isKept(newest: BlobEntry | undefined, { good, peer }: { good: boolean; peer: string | null }, all: boolean) {
  switch (newest?.state) {
    case 'mia':
    case 'dropped':
      return false;
    case 'local':
    case 'advertised':
      return good && peer === null;
    case 'live':
      return good || !all;
    default:
      return good;
  }
}

async function make(
  context: Context,
  parts: {
    sealed: SealedCap & { storageIndex: string };
    cap: ChkCap;
    found: Map<number, FoundShare>;
    wanted: readonly Wanted[];
  },
  facts: { happy: number; known: FileEntry | undefined },
): Promise<RepairRecord['rebuilt']> {
  if (parts.wanted.length === 0) return [];
  const { sealed, cap } = parts;
  const entry: FileEntry = {
    ...{ storageIndex: sealed.storageIndex, cap: formatSealedCap(sealed.tahoe, sealed.privateSecret), name: null },
    ...{ size: cap.size, needed: cap.needed, happy: facts.happy, total: cap.total },
    ...{ repairBelow: facts.happy, createdMs: context.clock.now() },
  };
  return rebuildSealed(context, parts, async (made) => {
    const { booked, replaced } = await book(context, facts.known ? undefined : entry, made, sealed.storageIndex);
    for (const uuid of replaced) await letGo(context, uuid);
    context.changes.tell({ kind: 'books' });
    return booked.map(({ uuid, share }) => ({ share: share!, uuid }));
  });
}

/** Without those that another repair made meanwhile. `entry`: where the file is new here. */
async function book(context: Context, entry: FileEntry | undefined, made: readonly BlobEntry[], storageIndex: string) {
  const { books } = context;
  return books.exclusive(async () => {
    const file = books.files.get(utf8(storageIndex)) ?? entry;
    if (!file) throw new Failure('failure', 'the file was forgotten while it was repaired');
    const own = await blobsOf(context, storageIndex);
    const newest = (share: number | null) => own.filter((blob) => blob.share === share).at(-1);
    const booked = made.filter(({ share, generation }) => (newest(share)?.generation ?? -1) < generation!);
    const replaced = booked.flatMap(({ share }) => newest(share) ?? []);
    await books.commit([
      books.files.put(utf8(storageIndex), file),
      ...replaced.map((blob) => books.blobs.put(utf8(blob.uuid), { ...blob, state: 'replaced' as const })),
      ...booked.map((blob) => books.blobs.put(utf8(blob.uuid), blob)),
    ]);
    return { booked, replaced: replaced.map(({ uuid }) => uuid) };
  });
}
