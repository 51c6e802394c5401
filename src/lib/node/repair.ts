import { rebuildShares } from '../codec/rebuild.js';
import type { ActOf } from '../rpc/snapshot.js';
import { utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { parseSealedCap } from './caps.js';
import { type Context, currentSlot } from './context.js';
import type { BlobEntry } from './entries.js';
import type { Files } from './files.js';
import { ownBlob } from './lookup.js';
import { keepSealed, SealedDraft } from './sealing.js';

/**
 * A share that went missing, rebuilt from any k others and sealed under the next generation: a new
 * blob, whose UUID and challenges the missing steward cannot answer (threat 4).
 */
export async function rebuildBlob(context: Context, files: Files, act: ActOf<'repair'>): Promise<BlobEntry> {
  const { books, blobs, wallet } = context;
  const lost = ownBlob(context, act.uuid);
  const file = books.files.get(utf8(act.file));
  if (!file || lost.file !== act.file || lost.share !== act.share)
    throw new Failure('not-found', 'no such share of that file');
  if (lost.state !== 'mia') throw new Failure('failure', `blob ${lost.uuid} is ${lost.state}`);
  const sealed = parseSealedCap(file.cap);
  if (sealed.cap.kind !== 'chk') throw new Failure('failure', 'a literal file has no shares');
  const { cap } = sealed;
  const found = await files.hunt(sealed, cap).collect(cap.needed, new Set([act.share]));
  const generation = (lost.generation ?? 0) + 1;
  const draft = await SealedDraft.create(blobs, cap.key, act.share, generation, sealed.privateSecret);
  try {
    if (found.size < cap.needed) {
      throw new Failure('temporary', `only ${found.size} of the ${cap.needed} shares that a repair needs were found`);
    }
    const sources = new Map([...found].map(([n, share]) => [n, share.source]));
    await rebuildShares(cap, sources, [act.share], () => draft);
    const facts = { chkKey: cap.key, vaultKey: wallet.keys().vaultKey, file: act.file, slot: currentSlot(context) };
    const rebuilt = await keepSealed(draft, facts);
    await books.exclusive(() =>
      books.commit([
        books.blobs.put(utf8(rebuilt.uuid), rebuilt),
        books.blobs.put(utf8(lost.uuid), { ...ownBlob(context, lost.uuid), state: 'replaced' }),
      ]),
    );
    return rebuilt;
  } finally {
    await draft.draft.discard();
    for (const share of found.values()) await share.release();
  }
}
