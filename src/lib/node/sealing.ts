import { dealer, deckKey } from '../bounty/deck.js';
import type { ShareSink } from '../codec/source.js';
import { readKeyForShare } from '../seal/locator.js';
import { SALT_BYTES, type Seal, sealStream } from '../seal/seal.js';
import type { BlobDraft, BlobStore } from '../store/blobs.js';
import { fromHex } from '../util/bytes.js';
import type { BlobEntry, DeckEntry } from './entries.js';

/** Cards dealt to a new blob, in one read of it. */
const DECK_CARDS = 24;

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
}

/** Deals a deck in one read of the blob's bytes. */
export async function dealDeck(
  bytes: AsyncIterable<Uint8Array>,
  size: number,
  vaultKey: Uint8Array,
  uuid: string,
  slot: number,
  count = DECK_CARDS,
): Promise<DeckEntry> {
  const deal = dealer(deckKey(vaultKey, fromHex(uuid)!), slot, count, size);
  for await (const chunk of bytes) deal.update(chunk);
  return { dealSlot: slot, cards: deal.finish(), next: 0 };
}

/** Keeps a finished draft as this owner's blob; returns its entry, not yet in the books. */
export async function keepSealed(
  sealed: SealedDraft,
  facts: { chkKey: Uint8Array; vaultKey: Uint8Array; file: string; slot: number },
): Promise<BlobEntry> {
  const uuid = await sealed.draft.uuid();
  const size = sealed.draft.size;
  const deck = await dealDeck(sealed.draft.read(), size, facts.vaultKey, uuid, facts.slot);
  await sealed.draft.keep(uuid);
  return {
    uuid,
    size,
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
