import { deckKey } from '../bounty/deck.js';
import { probeRange } from '../bounty/probe.js';
import { type EncodedFile, type EncodeParams, shareSizeFor } from '../codec/encode.js';
import type { ShareSink } from '../codec/source.js';
import { sha256 } from '../crypto/hash.js';
import { readKeyForShare } from '../seal/locator.js';
import { SALT_BYTES, type Seal, sealedSize, sealStream } from '../seal/seal.js';
import type { BlobDraft, BlobStore } from '../store/blobs.js';
import { fromHex, toHex } from '../util/bytes.js';
import { dealOnWorkers } from '../workers/deal.js';
import { encodeOnWorkers, type OpenFile, type Output } from '../workers/encode.js';
import { type Extent, readFully } from '../workers/files.js';
import { hashFile } from '../workers/hash.js';
import type { BlobEntry, DeckEntry } from './entries.js';

/** Cards dealt to a new blob, in one read of it. */
export const DECK_CARDS = 24;

/** A share on its way to the disk: sealed as it is written, at whatever offset the codec writes it. */
export class SealedDraft implements ShareSink {
  private constructor(
    readonly draft: BlobDraft,
    private readonly seal: Seal,
    readonly share: number,
    readonly generation: number,
  ) {}

  static async create(
    store: BlobStore,
    chkKey: Uint8Array,
    share: number,
    generation: number,
    privateSecret?: Uint8Array,
  ): Promise<SealedDraft> {
    const seal = sealStream(chkKey, share, generation, privateSecret);
    const draft = await store.draft();
    try {
      await draft.write(0, seal.salt);
    } catch (error) {
      await draft.discard();
      throw error;
    }
    return new SealedDraft(draft, seal, share, generation);
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    await this.draft.write(SALT_BYTES + offset, this.seal.transform(bytes, offset));
  }

  /** Where threads write the share, sealing it themselves. Throws 'disk-full' where there is no room for all of it. */
  async output(shareSize: number): Promise<Output> {
    await this.draft.reserve(sealedSize(shareSize));
    return { fd: this.draft.fd, start: SALT_BYTES, seal: this.seal.key };
  }

  /** After they have. */
  wrote(shareSize: number): void {
    this.draft.wrote(sealedSize(shareSize));
  }
}

/** Encodes a file, under a key of its own, into drafts of its shares, or of some of them. */
export async function encodeSealed(
  file: OpenFile,
  params: EncodeParams,
  key: Uint8Array,
  drafts: readonly SealedDraft[],
): Promise<EncodedFile> {
  const shareSize = shareSizeFor(params, file.size);
  const outputs = new Map<number, Output>();
  for (const draft of drafts) outputs.set(draft.share, await draft.output(shareSize));
  const made = await encodeOnWorkers(file, params, { key }, (share) => outputs.get(share));
  for (const draft of drafts) draft.wrote(shareSize);
  return made;
}

/** The UUID of the bytes of an open file, hex. */
export async function uuidOf(extent: Extent): Promise<string> {
  return toHex(await hashFile(extent));
}

/** All of a file's bytes, or of a draft's. */
export function extentOf({ fd, size }: OpenFile): Extent {
  return { fd, start: 0, size };
}

/** Deals a blob's deck, and as many probes as cards, in one read of its bytes. */
export async function dealDeck(
  extent: Extent,
  vaultKey: Uint8Array,
  uuid: string,
  slot: number,
  count = DECK_CARDS,
): Promise<DeckEntry> {
  const key = deckKey(vaultKey, fromHex(uuid)!);
  const cards = await dealOnWorkers(extent, { key, dealSlot: slot, count });
  const probes = cards.map((_, i) => probeOf(extent, probeRange(key, slot, i, extent.size)));
  return { dealSlot: slot, cards, next: 0, probes, probe: 0 };
}

/** Just read, it comes from the system's cache. */
function probeOf({ fd, start }: Extent, { offset, length }: { offset: number; length: number }): Uint8Array {
  const piece = new Uint8Array(length);
  readFully(fd, piece, start + offset);
  return sha256(piece);
}

interface Facts {
  chkKey: Uint8Array;
  vaultKey: Uint8Array;
  file: string;
  slot: number;
}

/** Keeps a finished draft as this owner's blob; returns its entry, not yet in the books. */
export async function keepSealed(sealed: SealedDraft, facts: Facts): Promise<BlobEntry> {
  const { draft } = sealed;
  const extent = extentOf(draft);
  const uuid = await uuidOf(extent);
  const deck = await dealDeck(extent, facts.vaultKey, uuid, facts.slot);
  await draft.keep(uuid);
  return {
    uuid,
    size: extent.size,
    file: facts.file,
    share: sealed.share,
    generation: sealed.generation,
    readkey: readKeyForShare(facts.chkKey, sealed.share),
    state: 'local',
    deck,
    contract: null,
    advert: null,
    name: null,
  };
}

/** All at once: while one is dealt its deck another is synced. Throws once none is at work any more. */
export async function keepAllSealed(drafts: readonly SealedDraft[], facts: Facts): Promise<BlobEntry[]> {
  const kept = await Promise.allSettled(drafts.map((draft) => keepSealed(draft, facts)));
  return kept.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}
