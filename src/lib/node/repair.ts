import type { ChkCap } from '../codec/caps.js';
import { rebuildShares } from '../codec/rebuild.js';
import type { ActOf } from '../rpc/snapshot.js';
import { utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { parseSealedCap, type SealedCap } from './caps.js';
import { type Context, currentSlot } from './context.js';
import type { BlobEntry } from './entries.js';
import type { FoundShare } from './fetch.js';
import type { Files } from './files.js';
import { ownBlob } from './lookup.js';
import { keepAllSealed, SealedDraft } from './sealing.js';

/** A share to be made again, as a blob of this generation. */
export interface Wanted {
  share: number;
  generation: number;
}

/**
 * Shares rebuilt from any k others and sealed under generations of their own: new blobs, whose UUIDs and
 * challenges a steward that went missing cannot answer (threat 4). `book` enters them in the books.
 */
export function rebuildSealed<T>(
  context: Context,
  parts: Rebuilding,
  book: (blobs: BlobEntry[]) => Promise<T>,
): Promise<T> {
  const { cap, sealed } = parts;
  const facts = { chkKey: cap.key, vaultKey: context.wallet.keys().vaultKey, slot: currentSlot(context) };
  return withRebuilt(context, parts, async (drafts) =>
    book(await keepAllSealed(drafts, { ...facts, file: sealed.storageIndex })),
  );
}

/** Shares rebuilt and sealed, in drafts that go again with what of them was not kept. */
export async function withRebuilt<T>(
  { blobs }: Pick<Context, 'blobs'>,
  { sealed, cap, found, wanted }: Rebuilding,
  use: (drafts: SealedDraft[]) => Promise<T>,
): Promise<T> {
  const drafts = new Map<number, SealedDraft>();
  try {
    for (const { share, generation } of wanted) {
      drafts.set(share, await SealedDraft.create(blobs, cap.key, share, generation, sealed.privateSecret));
    }
    const sources = new Map([...found].map(([share, { source }]) => [share, source]));
    await rebuildShares(cap, sources, [...drafts.keys()], (share) => drafts.get(share));
    return await use([...drafts.values()]);
  } finally {
    for (const draft of drafts.values()) await draft.draft.discard();
  }
}

export interface Rebuilding {
  sealed: SealedCap & { storageIndex: string };
  cap: ChkCap;
  /** At least k. */
  found: ReadonlyMap<number, FoundShare>;
  wanted: readonly Wanted[];
}

/** The plan's repair of one share that went missing. */
export async function rebuildBlob(context: Context, files: Files, act: ActOf<'repair'>): Promise<BlobEntry> {
  const { books } = context;
  const lost = ownBlob(context, act.uuid);
  const file = books.files.get(utf8(act.file));
  if (!file || lost.file !== act.file || lost.share !== act.share)
    throw new Failure('not-found', 'no such share of that file');
  if (lost.state !== 'mia') throw new Failure('failure', `blob ${lost.uuid} is ${lost.state}`);
  const sealed = parseSealedCap(file.cap);
  const { cap } = sealed;
  if (cap.kind !== 'chk') throw new Failure('failure', 'a literal file has no shares');
  const found = await files.hunt(sealed, cap).collect(cap.needed, new Set([act.share]));
  try {
    if (found.size < cap.needed) {
      throw new Failure('temporary', `only ${found.size} of the ${cap.needed} shares that a repair needs were found`);
    }
    const wanted = [{ share: act.share, generation: (lost.generation ?? 0) + 1 }];
    const parts = { sealed: { ...sealed, storageIndex: act.file }, cap, found, wanted };
    return await rebuildSealed(context, parts, ([rebuilt]) =>
      books.exclusive(async () => {
        const now = ownBlob(context, lost.uuid);
        if (now.state !== 'mia') throw new Failure('failure', `blob ${lost.uuid} is ${now.state} by now`);
        await books.commit([
          books.blobs.put(utf8(rebuilt!.uuid), rebuilt!),
          books.blobs.put(utf8(lost.uuid), { ...now, state: 'replaced' }),
        ]);
        return rebuilt!;
      }),
    );
  } finally {
    for (const share of found.values()) await share.release();
  }
}
