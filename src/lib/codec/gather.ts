import { equal } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { Breath } from './breath.js';
import type { ChkCap, VerifyCap } from './caps.js';
import { FecDecoder } from './fec.js';
import { hashCrypttextSegment } from './hashutil.js';
import type { HashTree } from './merkle.js';
import { ShareFault, ShareReader } from './reader.js';
import { type Shape, segmentLength } from './shape.js';
import type { ByteSource } from './source.js';

/** Told of each share that turned out bad, and why. */
export type OnBadShare = (share: number, reason: string) => void;

/**
 * A file's ciphertext, segment by segment, from any k good shares. Shares are opened only as they are needed,
 * lowest numbers first (those below k are the ciphertext itself); one that fails is named and replaced.
 * Throws Failure('lost') when fewer than k are left.
 */
export class Ciphertext {
  readonly #cap: ChkCap | VerifyCap;
  readonly #shares: ReadonlyMap<number, ByteSource>;
  readonly #onBadShare: OnBadShare;
  readonly #fec: FecDecoder;
  readonly #breath = new Breath();
  /** Not tried yet, in the order to try them. */
  readonly #waiting: number[];
  readonly #active = new Map<number, ShareReader>();
  /** Shares whose crypttext tree is corrupt: their blocks may still be good, as a last resort. */
  readonly #treeless = new Set<number>();
  #tree!: HashTree;
  /** The UEB is the same in every share that opens. */
  #first!: ShareReader;

  private constructor(cap: ChkCap | VerifyCap, shares: ReadonlyMap<number, ByteSource>, onBadShare?: OnBadShare) {
    this.#cap = cap;
    this.#shares = shares;
    this.#onBadShare = onBadShare ?? (() => {});
    this.#fec = new FecDecoder(cap.needed, cap.total);
    this.#waiting = [...shares.keys()].sort((a, b) => a - b);
  }

  static async open(
    cap: ChkCap | VerifyCap,
    shares: ReadonlyMap<number, ByteSource>,
    onBadShare?: OnBadShare,
  ): Promise<Ciphertext> {
    const ciphertext = new Ciphertext(cap, shares, onBadShare);
    await ciphertext.#recruit();
    ciphertext.#first = [...ciphertext.#active.values()][0]!;
    await ciphertext.#findTree();
    return ciphertext;
  }

  get shape(): Shape {
    return this.#first.shape;
  }

  /** As a good share holds it. */
  get uebBytes(): Uint8Array {
    return this.#first.uebBytes;
  }

  /** What the share tree's root must be. */
  get shareRoot(): Uint8Array {
    return this.#first.ueb.shareRoot;
  }

  /** Ciphertext without padding, checked; it lasts until the next call. */
  async segment(index: number): Promise<Uint8Array> {
    const pieces = this.#fec.decode(await this.#blocks(index));
    const { length } = pieces[0]!;
    const padded = new Uint8Array(pieces.length * length);
    pieces.forEach((piece, at) => {
      padded.set(piece, at * length);
    });
    const ciphertext = padded.subarray(0, segmentLength(this.shape, index));
    if (!equal(hashCrypttextSegment(ciphertext), this.#tree.leaf(index))) {
      throw new Failure(
        'lost',
        `segment ${index} does not match the cap, though its blocks do`,
        'the file was encoded wrongly',
      );
    }
    await this.#breath.after(padded.length);
    return ciphertext;
  }

  async #blocks(index: number): Promise<Map<number, Uint8Array>> {
    const blocks = new Map<number, Uint8Array>();
    while (blocks.size < this.#cap.needed) {
      await this.#recruit();
      const readers = [...this.#active.values()].filter((reader) => !blocks.has(reader.share));
      await Promise.all(
        readers.map(async ({ share }) => {
          const block = await this.#attempt(share, () => this.#active.get(share)!.block(index));
          if (block) blocks.set(share, block);
        }),
      );
    }
    return blocks;
  }

  /** Opens shares until k are active. */
  async #recruit(): Promise<void> {
    const { needed } = this.#cap;
    while (this.#active.size < needed) {
      const next = this.#waiting.splice(0, needed - this.#active.size);
      if (next.length === 0) {
        throw new Failure('lost', `only ${this.#active.size} good shares, and ${needed} are needed`);
      }
      const opened = await Promise.all(
        next.map((share) => this.#attempt(share, () => ShareReader.open(this.#shares.get(share)!, share, this.#cap))),
      );
      for (const reader of opened) if (reader) this.#active.set(reader.share, reader);
    }
  }

  /** Any share's crypttext tree will do: the UEB says what its root must be. */
  async #findTree(): Promise<void> {
    while (!this.#tree) {
      const reader = [...this.#active.values()].find(({ share }) => !this.#treeless.has(share));
      if (!reader) throw new Failure('lost', 'no share holds the crypttext hashes whole');
      const tree = await this.#attempt(reader.share, () => reader.crypttextTree());
      if (tree) {
        this.#tree = tree;
        return;
      }
      this.#treeless.add(reader.share);
      this.#waiting.push(reader.share);
      await this.#recruit();
    }
  }

  /** Undefined, and the share out of use, where it is at fault. */
  async #attempt<T>(share: number, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ShareFault)) throw error;
      this.#active.delete(share);
      this.#onBadShare(share, error.message);
      return undefined;
    }
  }
}
