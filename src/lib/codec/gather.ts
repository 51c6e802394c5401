import { Failure } from '../util/errors.js';
import type { ChkCap, VerifyCap } from './caps.js';
import { ShareFault } from './fault.js';
import { ShareReader } from './reader.js';
import type { ByteSource } from './source.js';
import type { Ueb } from './ueb.js';

/** Where each share may be had; several sources of one share are tried in order. */
export type Shares = ReadonlyMap<number, ByteSource | readonly ByteSource[]>;

/** Told once of each source that turned out bad, and why. */
export type OnBadShare = (share: number, reason: string, source: ByteSource) => void;

interface Candidate {
  share: number;
  source: ByteSource;
}

/** Lowest numbers first, for those below k are the ciphertext itself; second sources after all first ones. */
function candidates(shares: Shares): Candidate[] {
  const all = [...shares].flatMap(([share, given]) => {
    const sources = 'read' in given ? [given] : given;
    return sources.map((source, turn) => ({ share, source, turn }));
  });
  return all.sort((a, b) => a.turn - b.turn || a.share - b.share);
}

/**
 * The shares of a file that are in use: k at a time. They are opened only as they are needed; one that fails is
 * named and replaced. Methods throw Failure('lost') when fewer than k are left.
 */
export class Gathering {
  readonly #cap: ChkCap | VerifyCap;
  readonly #onBadShare: OnBadShare;
  /** Not tried yet, in the order to try them. */
  readonly #waiting: Candidate[];
  /** By share number. */
  readonly #active = new Map<number, ShareReader>();
  /** Their crypttext trees are corrupt: their blocks may still be good, as a last resort. */
  readonly #treeless = new Set<ByteSource>();
  readonly #named = new Set<ByteSource>();
  /** The UEB is the same in every share that opens. */
  #first!: ShareReader;

  private constructor(cap: ChkCap | VerifyCap, shares: Shares, onBadShare?: OnBadShare) {
    this.#cap = cap;
    this.#onBadShare = onBadShare ?? (() => {});
    this.#waiting = candidates(shares);
  }

  static async open(cap: ChkCap | VerifyCap, shares: Shares, onBadShare?: OnBadShare): Promise<Gathering> {
    const gathering = new Gathering(cap, shares, onBadShare);
    await gathering.#recruit();
    gathering.#first = [...gathering.#active.values()][0]!;
    return gathering;
  }

  get ueb(): Ueb {
    return this.#first.ueb;
  }

  /** As a good share holds it. */
  get uebBytes(): Uint8Array {
    return this.#first.uebBytes;
  }

  /** The same of k shares, by their numbers. */
  async fromEach<T>(work: (reader: ShareReader) => Promise<T>): Promise<Map<number, T>> {
    const got = new Map<number, T>();
    while (got.size < this.#cap.needed) {
      await this.#recruit();
      const readers = [...this.#active.values()].filter((reader) => !got.has(reader.share));
      await Promise.all(
        readers.map(async (reader) => {
          const one = await this.#attempt(reader, () => work(reader));
          if (one !== undefined) got.set(reader.share, one);
        }),
      );
    }
    return got;
  }

  /** Undefined where the share is not in use, or not any longer. */
  async fromOne<T>(share: number, work: (reader: ShareReader) => Promise<T>): Promise<T | undefined> {
    const reader = this.#active.get(share);
    return reader && this.#attempt(reader, () => work(reader));
  }

  /** Any share's crypttext tree will do: the UEB says what its root must be. */
  async crypttextLeaf(index: number): Promise<Uint8Array> {
    while (true) {
      const reader = [...this.#active.values()].find(({ source }) => !this.#treeless.has(source));
      if (!reader) throw new Failure('lost', 'no share holds the crypttext hashes whole');
      const leaf = await this.#attempt(reader, () => reader.crypttextLeaf(index));
      if (leaf) return leaf;
      this.#treeless.add(reader.source);
      this.#waiting.push(reader);
      await this.#recruit();
    }
  }

  /** Opens shares until k are active. */
  async #recruit(): Promise<void> {
    const { needed } = this.#cap;
    while (this.#active.size < needed) {
      const next = this.#take(needed - this.#active.size);
      if (next.length === 0) {
        throw new Failure('lost', `only ${this.#active.size} good shares, and ${needed} are needed`);
      }
      const open = ({ share, source }: Candidate) => ShareReader.open(source, share, this.#cap);
      const opened = await Promise.all(next.map((candidate) => this.#attempt(candidate, () => open(candidate))));
      for (const reader of opened) if (reader) this.#active.set(reader.share, reader);
    }
  }

  /** The next candidates, of shares that are not active yet. */
  #take(count: number): Candidate[] {
    const taken = new Map<number, Candidate>();
    for (const candidate of this.#waiting) {
      if (taken.size === count) break;
      if (!this.#active.has(candidate.share) && !taken.has(candidate.share)) taken.set(candidate.share, candidate);
    }
    for (const candidate of taken.values()) this.#waiting.splice(this.#waiting.indexOf(candidate), 1);
    return [...taken.values()];
  }

  /** Undefined, and the share out of use, where it is at fault. */
  async #attempt<T>({ share, source }: Candidate, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ShareFault)) throw error;
      this.#active.delete(share);
      if (!this.#named.has(source)) this.#onBadShare(share, error.message, source);
      this.#named.add(source);
      return undefined;
    }
  }
}
