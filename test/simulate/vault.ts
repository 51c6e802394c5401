import { type Deck, deckKey, nonceFor } from '../../src/lib/bounty/deck.js';
import { sha256 } from '../../src/lib/crypto/hash.js';
import type { OwnerBlob } from '../../src/lib/plan/types.js';
import { toHex, utf8 } from '../../src/lib/util/bytes.js';
import { type Challenge, cardOf, rebuild, seal, sharesOf, unseal } from './bytes.js';
import type { Owner } from './owner.js';
import { NEEDED } from './setting.js';

/** An owner's keys, and what bytes it has at the moment: none, once stewards keep them. */
export class Vault {
  private readonly local = new Map<string, Uint8Array>();
  /** By nonce: who deals a card has worked out its answer. */
  private readonly answers = new Map<string, Uint8Array>();
  /** What was fetched at this tick: k shares give any number of others. */
  private fetched = new Map<string, Uint8Array | null>();
  private fetchedSlot = -1;
  /** What came out of unsealing: the same each time. */
  private readonly shares = new Map<string, Uint8Array>();
  private deals = 0;

  constructor(private readonly owner: Owner) {}

  private chkKey(file: string): Uint8Array {
    return sha256(utf8(`${this.owner.name} chk ${file}`));
  }

  private get challenge(): Challenge {
    return this.owner.world.challenge;
  }

  /** A share of a file as it was first encoded; the UUID of its blob. */
  encode(file: string, share: number, generation: number): string {
    return this.add(file, share, generation, sharesOf(`${this.owner.name} ${file}`)[share]!);
  }

  /** Seals a share, deals its deck, and books it as a blob that is here. */
  add(file: string, share: number, generation: number, bytes: Uint8Array): string {
    const { setting } = this.owner.world;
    const blob = setting.defences.sealed ? seal(this.chkKey(file), share, generation, bytes) : bytes;
    const uuid = toHex(sha256(blob));
    this.local.set(uuid, blob);
    const size = setting.lotGiB * 2 ** 30;
    this.owner.blobs.set(uuid, {
      ...{ uuid, size, file, share, generation, state: 'local', held: true, contract: null },
      deck: this.deal(uuid, blob, this.owner.policy.deckSize),
    });
    return uuid;
  }

  private deal(uuid: string, blob: Uint8Array, count: number): Deck {
    const key = deckKey(this.owner.account, sha256(utf8(uuid)));
    const dealSlot = this.deals++;
    const cards = Array.from({ length: count }, (_, i) => {
      const nonce = nonceFor(key, dealSlot, i);
      const seed = this.challenge.seed(nonce, blob);
      this.answers.set(toHex(nonce), seed);
      return cardOf(seed);
    });
    return { dealSlot, cards, next: 0 };
  }

  nonce(uuid: string, dealSlot: number, i: number): Uint8Array {
    return nonceFor(deckKey(this.owner.account, sha256(utf8(uuid))), dealSlot, i);
  }

  answerTo(nonce: Uint8Array): Uint8Array | null {
    return this.answers.get(toHex(nonce)) ?? null;
  }

  /** Tops a deck up: from the bytes here, the steward's own, or any k other shares. */
  dealAgain(uuid: string, count: number): void {
    const blob = this.owner.blobs.get(uuid)!;
    const bytes = this.bytesOf(blob);
    if (bytes !== null) blob.deck = this.deal(uuid, bytes, count);
  }

  private fetch(uuid: string): Uint8Array | null {
    const { world } = this.owner;
    if (this.fetchedSlot !== world.slot) this.fetched = new Map();
    this.fetchedSlot = world.slot;
    const known = this.fetched.get(uuid);
    if (known !== undefined) return known;
    const bytes = world.fetch(uuid);
    this.fetched.set(uuid, bytes);
    return bytes;
  }

  /** A blob's bytes, from wherever they are to be had. */
  bytesOf(blob: OwnerBlob): Uint8Array | null {
    const { uuid, file, share, generation } = blob;
    const here = this.local.get(uuid) ?? this.fetch(uuid);
    if (here !== null) return here;
    const rebuilt = this.gather(file!, NEEDED, share!);
    if (rebuilt === null) return null;
    return this.owner.world.setting.defences.sealed ? seal(this.chkKey(file!), share!, generation!, rebuilt) : rebuilt;
  }

  private unsealed(file: string, uuid: string, bytes: Uint8Array): Uint8Array {
    const share = this.shares.get(uuid) ?? unseal(this.chkKey(file), bytes);
    this.shares.set(uuid, share);
    return share;
  }

  /** One share, unsealed, from k others that stewards serve; null where fewer do. */
  gather(file: string, needed: number, share: number): Uint8Array | null {
    const parts = new Map<number, Uint8Array>();
    for (const blob of this.owner.blobs.values()) {
      if (parts.size === needed) break;
      if (blob.file !== file || parts.has(blob.share!)) continue;
      const bytes = this.local.get(blob.uuid) ?? this.fetch(blob.uuid);
      if (bytes === null) continue;
      parts.set(blob.share!, this.owner.world.setting.defences.sealed ? this.unsealed(file, blob.uuid, bytes) : bytes);
    }
    return parts.size < needed ? null : rebuild(parts, share);
  }

  /** What is placed is not kept here, too. */
  forget(uuid: string): void {
    this.local.delete(uuid);
  }

  has(uuid: string): boolean {
    return this.local.has(uuid);
  }
}
